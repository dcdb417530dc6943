#!/usr/bin/env bash
# Makes the captures in captures/ anew: real TLS, HTTP and DNS of curl, nginx, openssl and dnsmasq between two network
# namespaces with addresses of the documentation ranges.  What TLS makes random differs from run to run; the
# messages do not.  Needs root and the packages named below; nothing else of the project does.
#
# usage: tools/captures/make.sh [OUTPUT-FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath "${1:-$here/../../captures}")
for tool in ip dumpcap editcap curl nginx openssl dnsmasq; do
    command -v $tool >/dev/null || {
        echo "$0: $tool is missing: apt install iproute2 wireshark-common curl nginx-light openssl dnsmasq-base" >&2
        exit 1
    }
done
work=$(mktemp -d)
chmod 755 "$work" # the workers of nginx are another user
client=192.0.2.10
server=198.51.100.20
pids=()

cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    ip netns del sgs-client 2>/dev/null || true
    ip netns del sgs-server 2>/dev/null || true
    rm -rf "$work" /etc/netns/sgs-client
}
trap cleanup EXIT

ip netns add sgs-client
ip netns add sgs-server
ip -n sgs-client link add veth0 type veth peer name veth0 netns sgs-server
ip -n sgs-client addr add $client/24 dev veth0
ip -n sgs-server addr add $server/24 dev veth0
for ns in sgs-client sgs-server; do
    ip -n $ns link set lo up
    ip -n $ns link set veth0 up
    ip netns exec $ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1
done
ip -n sgs-client route add $server dev veth0
ip -n sgs-server route add $client dev veth0
mkdir -p /etc/netns/sgs-client
echo "nameserver $server" >/etc/netns/sgs-client/resolv.conf

# One certificate for all names, from an authority of our own.
cat >"$work/names.cnf" <<EOF
subjectAltName=DNS:lyncdiscover.contoso.example,DNS:web.contoso.example,DNS:pool01.contoso.example
EOF
openssl req -x509 -newkey rsa:2048 -nodes -days 7300 -subj "/CN=Contoso Test CA" \
    -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=pool01.contoso.example" \
    -keyout "$work/server.key" -out "$work/server.csr" 2>/dev/null
openssl x509 -req -in "$work/server.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial \
    -days 7300 -extfile "$work/names.cnf" -out "$work/server.pem" 2>/dev/null

cp -r "$here/www" "$work/www"
sed "s|@WORK@|$work|g" "$here/nginx.conf" >"$work/nginx.conf"
ip netns exec sgs-server nginx -c "$work/nginx.conf" -p "$work" &
pids+=($!)
ip netns exec sgs-server dnsmasq --keep-in-foreground --no-resolv --no-hosts --conf-file=/dev/null --user=root \
    --local=/contoso.example/ --pid-file= \
    --host-record=lyncdiscover.contoso.example,$server --host-record=web.contoso.example,$server \
    --host-record=pool01.contoso.example,$server \
    --srv-host=_sipinternaltls._tcp.contoso.example,pool01.contoso.example,5061,0,0 &
pids+=($!)
sleep 1

# The messages of $1 with CRLF line ends and a right Content-Length, each sent after a pause.
talk() {
    sleep "$2"
    for message in "$1"/*; do
        sed 's/$/\r/' "$message"
        sleep 0.3
    done
    sleep 0.3
}

# register NAME TLS-OPTION: the client's messages of sip/NAME/client against the answers of sip/NAME/server.
register() {
    talk "$here/sip/$1/server" 0.65 | ip netns exec sgs-server openssl s_server -quiet -naccept 1 -accept 5061 \
        -cert "$work/server.pem" -key "$work/server.key" -cert_chain "$work/ca.pem" "$2" >/dev/null 2>&1 &
    sleep 0.2
    talk "$here/sip/$1/client" 0.3 | ip netns exec sgs-client openssl s_client -quiet -connect pool01.contoso.example:5061 \
        -servername pool01.contoso.example -CAfile "$work/ca.pem" -keylogfile "$work/keys" "$2" >/dev/null 2>&1
}

# record NAME COMMAND...: the frames of the client while COMMAND runs, with the keys inside.
record() {
    name=$1
    shift
    : >"$work/keys"
    ip netns exec sgs-client dumpcap -q -P -i veth0 -f "ip" -w "$work/raw.pcap" 2>/dev/null &
    dump=$!
    sleep 1
    SSLKEYLOGFILE="$work/keys" "$@"
    sleep 1
    kill -INT $dump
    wait $dump || true
    # From the classic format, which names no machine.
    editcap -F pcapng --inject-secrets "tls,$work/keys" "$work/raw.pcap" "$out/$name.pcapng"
}

fetch() {
    ip netns exec sgs-client curl -s -o /dev/null --cacert "$work/ca.pem" -A "OC/16.0.5000.1000 (Skype for Business)" "$@"
}

# discover TLS-OPTION...: what leads a client to its pool.
discover() {
    fetch "$@" "https://lyncdiscover.contoso.example/?sipuri=ada@contoso.example"
    fetch "$@" "https://web.contoso.example/Autodiscover/AutodiscoverService.svc/root/user?sipuri=ada@contoso.example" \
        --next --cacert "$work/ca.pem" -o /dev/null -s --compressed -A "OC/16.0.5000.1000 (Skype for Business)" "$@" \
        -H 'Content-Type: text/xml; charset=utf-8' -H 'SOAPAction: "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue"' \
        --data-binary "@$here/www/rst.xml" "https://web.contoso.example/WebTicket/WebTicketService.svc/Auth" \
        --next --cacert "$work/ca.pem" -o /dev/null -s -A "OC/16.0.5000.1000 (Skype for Business)" "$@" \
        -H 'X-MS-WebTicket: opaque=bm8gcmVhbCB0aWNrZXQ=' \
        "https://web.contoso.example/Autodiscover/AutodiscoverService.svc/root/user?sipuri=ada@contoso.example"
}

tls12_signin() {
    discover --tlsv1.2 --tls-max 1.2
    register signed-in -tls1_2
}
tls13_wrong_password() {
    discover --tlsv1.3
    register wrong-password -tls1_3
}
web_only() {
    fetch --tlsv1.3 "https://lyncdiscover.contoso.example/?sipuri=ada@contoso.example"
    fetch --tlsv1.2 --tls-max 1.2 --ciphers ECDHE-RSA-AES128-SHA256 "https://web.contoso.example/missing"
}

record signin-tls12 tls12_signin
record wrong-password-tls13 tls13_wrong_password
record discovery-only web_only
