#!/bin/sh
# Makes the private key files beside it: one RSA key in all forms, its certificate, a pre-master secret sealed to it,
# and keys of other kinds.  Key and ciphertext are new each time; the pre-master secret is what test_key_file.c expects.
set -eu
cd "$(dirname "$0")"
pass=pass:correct-horse
openssl genrsa -out rsa.pem 2048
openssl req -x509 -key rsa.pem -days 36500 -subj /O=Contoso/CN=pool.contoso.example -out cert.pem
openssl x509 -in cert.pem -outform DER -out cert.der
openssl rsa -in rsa.pem -traditional -out pkcs1.pem
openssl rsa -in rsa.pem -traditional -outform DER -out pkcs1.der
openssl pkcs8 -topk8 -nocrypt -in rsa.pem -outform DER -out pkcs8.der
openssl pkcs8 -topk8 -in rsa.pem -v2 aes-256-cbc -passout $pass -out sealed.pem
openssl pkcs8 -topk8 -in rsa.pem -v2 aes-256-cbc -passout $pass -outform DER -out sealed.der
openssl pkcs8 -topk8 -in rsa.pem -scrypt -passout $pass -out scrypt.pem
openssl pkcs8 -topk8 -in rsa.pem -v1 PBE-SHA1-3DES -passout $pass -out pbe.pem
openssl rsa -in rsa.pem -traditional -aes128 -passout $pass -out old-sealed.pem
openssl pkcs12 -export -in cert.pem -inkey rsa.pem -passout $pass -out new.p12
openssl pkcs12 -export -legacy -in cert.pem -inkey rsa.pem -passout $pass -out legacy.p12
openssl pkcs12 -export -in cert.pem -inkey rsa.pem -passout pass: -out empty.p12
openssl pkcs12 -export -in cert.pem -inkey rsa.pem -passout $pass -nomac -out no-mac.p12
openssl pkcs12 -in new.p12 -passin $pass -nodes -out bags.pem
openssl pkcs12 -export -nokeys -in cert.pem -passout pass: -out no-key.p12
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem
openssl pkcs8 -topk8 -nocrypt -in ec.pem -out ec-pkcs8.pem
openssl pkcs8 -topk8 -in rsa.pem -v2 aes-256-cbc -iter 20000000 -passout $pass -out costly.pem
openssl genrsa -out other.pem 1024
python3 -c 'import sys; sys.stdout.buffer.write(bytes([3, 3]) + bytes(range(46)))' |
    openssl pkeyutl -encrypt -pubin -inkey /dev/fd/3 -out pre-master.bin 3<<KEY
$(openssl rsa -in rsa.pem -pubout)
KEY
