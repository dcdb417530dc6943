#!/bin/bash
# Makes the certificates, lists and OCSP messages beside it with openssl, and of them the samples of the dissector x509 and
# the seeds of fuzz_cert: tests/crypto/certs/make.sh [pack] (only the latter)
# Keys are new each time, so all files are: after a new run look at the serials, times and digests
# that the tests expect.
set -eu
cd "$(dirname "$(readlink -f "$0")")"

pack() {
    python3 - <<'END'
import struct
from pathlib import Path

SAMPLES = {  # records of direction, length, octets
    "certificate": [(1, "leaf")],
    "crl": [(1, "crl")],
    "ocsp": [(0, "ocsp-request"), (1, "ocsp-response")],
    "ocsp-try-later": [(1, "ocsp-try-later")],
}
SEEDS = {  # pieces of length, octets: the name asked for, a chain
    "chain": (b"web.contoso.example", ["leaf", "issuing", "root"]),
    "client": (b"192.0.2.9", ["ec", "issuing"]),
    "self-signed": (b"self.contoso.example", ["self"]),
    "status": (b"", ["crl", "crl-delta", "ocsp-request", "ocsp-response", "ocsp-try-later"]),
}


def der(name):
    return Path(f"{name}.der").read_bytes()


for name, records in SAMPLES.items():
    octets = b"".join(struct.pack(">BI", way, len(der(x))) + der(x) for way, x in records)
    Path(f"../../dissectors/x509/{name}.bin").write_bytes(octets)
for name, (asked, chain) in SEEDS.items():
    octets = b"".join(struct.pack(">H", len(x)) + x for x in [asked, *map(der, chain)])
    Path(f"../../fuzz/corpus/cert/{name}").write_bytes(octets)
END
}
if [ "${1-}" = pack ]; then
    pack
    exit
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
from=20260101000000Z to=20270101000000Z

cat > "$tmp/ca.cnf" <<'END'
[root_ca]
database = $ENV::TMP_CA/root.txt
serial = $ENV::TMP_CA/root.srl
certificate = $ENV::TMP_CA/root.pem
private_key = $ENV::TMP_CA/root.key
new_certs_dir = $ENV::TMP_CA
default_md = sha256
policy = any
crlnumber = $ENV::TMP_CA/root.num
default_crl_days = 30
[issuing_ca]
database = $ENV::TMP_CA/issuing.txt
serial = $ENV::TMP_CA/issuing.srl
certificate = $ENV::TMP_CA/issuing.pem
private_key = $ENV::TMP_CA/issuing.key
new_certs_dir = $ENV::TMP_CA
default_md = sha256
policy = any
crlnumber = $ENV::TMP_CA/issuing.num
default_crl_days = 30
[any]
organizationName = optional
commonName = supplied
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[issuing]
basicConstraints = critical,CA:true,pathlen:0
keyUsage = critical,keyCertSign,cRLSign,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://crl.contoso.example/root.crl
[leaf]
basicConstraints = CA:false
keyUsage = digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:web.contoso.example,DNS:*.pool.contoso.example,DNS:w*b.contoso.example,IP:192.0.2.9
crlDistributionPoints = URI:ldap:///CN=CA?certificateRevocationList
authorityInfoAccess = caIssuers;URI:ldap:///CN=CA?cACertificate
tlsfeature = status_request
[ec]
basicConstraints = CA:false
extendedKeyUsage = clientAuth,1.3.6.1.4.1.99999.7
subjectAltName = DNS:ann.contoso.example
crlDistributionPoints = URI:file://srv/ca.crl,URI:http://crl.contoso.example/ca.crl
authorityInfoAccess = OCSP;URI:http://ocsp.contoso.example,caIssuers;URI:http://aia.contoso.example/ca.crt
[cn]
basicConstraints = CA:false
[delta]
2.5.29.27 = critical,DER:020101
END
export TMP_CA=$tmp
for ca in root issuing; do
    : > "$tmp/$ca.txt"
    echo 1000 > "$tmp/$ca.srl"
    echo 01 > "$tmp/$ca.num"
done

# NAME KEY SUBJECT: a key and a request
ask() {
    openssl req -new -newkey "${@:4}" -nodes -keyout "$tmp/$1.key" -out "$tmp/$1.csr" -subj "$2" -"$3" 2>/dev/null
}
# NAME SECTION CA [OPTION...]: a certificate
sign() {
    openssl ca -batch -config "$tmp/ca.cnf" -name "$3" -extensions "$2" -extfile "$tmp/ca.cnf" -startdate $from -enddate $to \
        -in "$tmp/$1.csr" -out "$tmp/$1.pem" -notext "${@:4}" 2>/dev/null
    openssl x509 -in "$tmp/$1.pem" -outform DER -out "$1.der"
}

ask root "/O=Contoso/CN=Contoso Root" sha256 rsa:2048
sign root root root_ca -selfsign -keyfile "$tmp/root.key"
ask issuing "/O=Contoso/CN=Contoso Issuing" sha256 rsa:2048
sign issuing issuing root_ca
ask leaf "/O=Contoso/CN=not-asked.contoso.example" sha256 rsa:2048
sign leaf leaf issuing_ca
ask ec "/O=Contoso/CN=ann" sha256 ec -pkeyopt ec_paramgen_curve:P-384
sign ec ec issuing_ca -md sha384
ask cn "/O=Contoso/CN=old.contoso.example" sha256 rsa:1024
sign cn cn root_ca -md sha1
ask self "/CN=self.contoso.example" sha256 ed25519
openssl x509 -req -in "$tmp/self.csr" -signkey "$tmp/self.key" -set_serial 7 -days 3650 -outform DER -out self.der 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$tmp/service.key" -subj "/CN=Communications Server" -out "$tmp/service.pem" 2>/dev/null
ask user "/CN=ada@contoso.com" sha1 rsa:2048
openssl req -in "$tmp/user.csr" -outform DER -out request.der
openssl x509 -req -in "$tmp/user.csr" -CA "$tmp/service.pem" -CAkey "$tmp/service.key" -set_serial 0x4711 -days 180 -outform DER -out user.der 2>/dev/null
cat "$tmp/root.pem" "$tmp/issuing.pem" > anchors.pem

revoke() {
    openssl ca -config "$tmp/ca.cnf" -name issuing_ca "${@:2}" -revoke "$tmp/$1.pem" 2>/dev/null
}
list() {
    openssl ca -config "$tmp/ca.cnf" -name issuing_ca -gencrl -crl_lastupdate 20260201000000Z -crl_nextupdate 20260301000000Z \
        -out "$tmp/$1.pem" "${@:2}" 2>/dev/null
    openssl crl -in "$tmp/$1.pem" -outform DER -out "$1.der"
}
ask_ocsp() {
    openssl ocsp -issuer "$tmp/issuing.pem" -cert "$tmp/leaf.pem" -cert "$tmp/ec.pem" -no_nonce -reqout ocsp-request.der
    openssl ocsp -index "$tmp/issuing.txt" -CA "$tmp/issuing.pem" -rsigner "$tmp/issuing.pem" -rkey "$tmp/issuing.key" \
        -reqin ocsp-request.der -ndays 7 -respout ocsp-response.der 2>/dev/null >&2
}
list crl-empty
revoke ec -crl_reason keyCompromise
list crl
ask_ocsp
revoke leaf -crl_reason superseded
sed -i s/keyCompromise/removeFromCRL/ "$tmp/issuing.txt"
list crl-delta -crlexts delta
printf '\x30\x03\x0a\x01\x03' > ocsp-try-later.der # no responder of openssl says it: by hand after RFC 6960, section 4.2.1
pack
