/* HTTP/1: framing, ties, heads, holes; expected values from RFC 9110 and RFC 9112. */
#include "../play.h"

#define N(array) (sizeof(array) / sizeof *(array))

enum what { C, S, GAP_C, GAP_S };

struct act {
    enum what what;
    const char *text; /* octets, or the size of a gap */
};

struct row {
    const char *name;
    struct act acts[12];
    enum sgs_end end;
    bool is_late;         /* the capture begins in the middle */
    const char *expected; /* lines */
};

static const struct row rows[] = {
    {"request and answer",
     {{C, "GET /root?x=1 HTTP/1.1\r\nHost: lyncdiscover.contoso.example\r\nUser-Agent: OC/16.0 "
          "(Skype for Business)\r\nclient-request-id: 7-a\r\n\r\n"},
      {S, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nServer: Microsoft-IIS/8.5\r\n"
          "X-MS-WebTicketURL: https://web.contoso.example/WebTicket/WebTicketService.svc\r\n"
          "X-MS-Server-Fqdn: fe01.contoso.example\r\nDate: Tue, 07 Jun 2016 02:24:11 GMT\r\n"
          "X-MS-Correlation-Id: 21\r\nVia: 1.1 tmg\r\nRetry-After: 5\r\n\r\nno"}},
     SGS_END_FIN,     false,
     "#1 http.request method=GET host=lyncdiscover.contoso.example target=/root?x=1 "
     "version=HTTP/1.1 user_agent=OC/16.0 (Skype for Business) client_request_id=7-a\n"
     "#2 http.response status=401 reason=Unauthorized version=HTTP/1.1 request=1 body_octets=2 "
     "web_ticket_url=https://web.contoso.example/WebTicket/WebTicketService.svc "
     "server=Microsoft-IIS/8.5 server_fqdn=fe01.contoso.example via=1.1 tmg "
     "date=Tue, 07 Jun 2016 02:24:11 GMT retry_after=5 correlation_id=21\n"                    },

    {"pipelining, HEAD, 204, 304",
     {{C, "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"
          "GET /c HTTP/1.1\r\nHost: a\r\n\r\nGET /d HTTP/1.1\r\nHost: a\r\n\r\n"},
      {S, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
          "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n"
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"}},
     SGS_END_FIN,     false,
     "#1 http.request method=HEAD host=a target=/a version=HTTP/1.1\n"
     "#2 http.request method=GET host=a target=/b version=HTTP/1.1\n"
     "#3 http.request method=GET host=a target=/c version=HTTP/1.1\n"
     "#4 http.request method=GET host=a target=/d version=HTTP/1.1\n"
     "#5 http.response status=200 reason=OK version=HTTP/1.1 request=1\n"
     "#6 http.response status=204 reason=No Content version=HTTP/1.1 request=2\n"
     "#7 http.response status=304 reason=Not Modified version=HTTP/1.1 request=3\n"
     "#8 http.response status=200 reason=OK version=HTTP/1.1 request=4 body_octets=1\n"        },

    {"chunks with extensions and trailers",
     {{S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n"
          "1 ; c=\"d\"\r\n!\r\n0\r\nX-Check: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
          "0\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.response status=200 reason=OK version=HTTP/1.1 body_octets=6\n"
     "#2 http.response status=200 reason=OK version=HTTP/1.1 body_octets=0\n"                  },

    {"interim answers",
     {{C, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"},
      {S, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n"},
      {C, "abc"},
      {S, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#2 http.response status=100 reason=Continue version=HTTP/1.1 request=1\n"
     "#3 http.response status=103 reason=Early Hints version=HTTP/1.1 request=1\n"
     "#1 http.request method=POST host=a target=/ version=HTTP/1.1 body_octets=3\n"
     "#4 http.response status=200 reason=OK version=HTTP/1.1 request=1 body_octets=0\n"        },

    {"body up to the end",
     {{C, "GET / HTTP/1.0\r\n\r\n"},
      {S, "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nab"},
      {S, "c"}},
     SGS_END_FIN,     false,
     "#1 http.request method=GET target=/ version=HTTP/1.0\n"
     "#2 http.response status=200 reason=OK version=HTTP/1.0 request=1 body_octets=3 "
     "content_type=text/html\n"                                                                },

    {"body up to the end of the capture",
     {{S, "HTTP/1.0 200 OK\r\n\r\nab"}},
     SGS_END_CAPTURE, false,
     "#1 http.response status=200 reason=OK version=HTTP/1.0 body_octets=2 cut=1\n"            },

    {"tunnel with HTTP inside",
     {{C, "CONNECT web.contoso.example:443 HTTP/1.1\r\nHost: web.contoso.example:443\r\n\r\n"},
      {C, "GET /inside HTTP/1.1\r\nHost: b\r\n\r\n"},
      {S, "HTTP/1.1 200 Connection established\r\n\r\n"},
      {S, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=CONNECT host=web.contoso.example target=web.contoso.example:443 "
     "version=HTTP/1.1\n"
     "#2 http.response status=200 reason=Connection established version=HTTP/1.1 request=1\n"
     "#3 http.request method=GET host=b target=/inside version=HTTP/1.1\n"
     "#4 http.response status=404 reason=Not Found version=HTTP/1.1 request=3 body_octets=0\n" },

    {"refused tunnel, tried again",
     {{C, "CONNECT a:443 HTTP/1.1\r\n\r\n"},
      {S, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\n"
          "Proxy-Authenticate: NTLM\r\nContent-Length: 1\r\n\r\nx"},
      {C, "CONNECT a:443 HTTP/1.1\r\nProxy-Authorization: NTLM TlRMTVNTUAABAAAABwIAAA==\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=CONNECT host=a target=a:443 version=HTTP/1.1\n"
     "#2 http.response status=407 reason=Proxy Authentication Required version=HTTP/1.1 request=1 "
     "auth_schemes=Negotiate,NTLM body_octets=1\n"
     "#4 ntlm.negotiate in=3 carrier=http flags=NTLMSSP_NEGOTIATE_UNICODE,NTLM_NEGOTIATE_OEM,"
     "NTLMSSP_REQUEST_TARGET,NTLMSSP_NEGOTIATE_NTLM\n"
     "#3 http.request method=CONNECT host=a target=a:443 version=HTTP/1.1 auth_scheme=NTLM "
     "auth_leg=first auth_for=proxy\n"                                                         },

    {"answer to a tunnel lost",
     {{C, "CONNECT a:443 HTTP/1.1\r\n\r\n"}, {GAP_S, "0"}, {C, "GET /inside HTTP/1.1\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=CONNECT host=a target=a:443 version=HTTP/1.1\n"
     "#2 net.gap why=lost\n"
     "#3 http.request method=GET target=/inside version=HTTP/1.1\n"                            },

    {"upgrade",
     {{C, "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"},
      {C, "\x81\x01x"},
      {S, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x01y"},
      {C, "\x81\x01GET / HTTP/1.1\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=GET host=a target=/chat version=HTTP/1.1\n"
     "#2 http.response status=101 reason=Switching Protocols version=HTTP/1.1 request=1\n"
     "#3 proto.named name=WebSocket by=upgrade\n"                                              },

    {"upgrade refused",
     {{C, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {S, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: "
          "0\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=GET host=a target=/ version=HTTP/1.1\n"
     "#2 http.request method=GET host=a target=/2 version=HTTP/1.1\n"
     "#3 http.response status=200 reason=OK version=HTTP/1.1 request=1 body_octets=0\n"
     "#4 http.response status=404 reason=No version=HTTP/1.1 request=2 body_octets=0\n"        },

    {"folding, bare LF, blank lines in front, ports, absolute form",
     {{C, "\r\n\r\nGET https://user:pw@lync.contoso.example:4443/x HTTP/1.1\n"
          "Host: other\nUser-Agent: one\n two\r\n\t three\n\n"
          "OPTIONS * HTTP/1.1\r\nHost : a:80\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=GET host=lync.contoso.example:4443 "
     "target=https://user:***@lync.contoso.example:4443/x version=HTTP/1.1 "
     "user_agent=one two three\n"
     "#2 http.request method=OPTIONS host=a target=* version=HTTP/1.1\n"                       },

    {"several schemes in one line",
     {{S, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"
          "WWW-Authenticate: Bearer client_id=\"0000\", trusted_issuers=\"a,b@c\", "
          "error=\"invalid_token\",Negotiate,NTLM,Basic realm=\"x\"\r\n"
          "WWW-Authenticate: MsRtcOAuth href=\"https://a/\",grant_type=\"urn:x,password\"\r\n"
          "WWW-Authenticate: Negotiate oYG2==, Digest realm = \"a\", nonce=b\r\n"
          "x-ms-diagnostics: 2000004;reason=\"The tenant; x\";error_category=\"invalid\"\r\n"
          "\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.response status=401 reason=Unauthorized version=HTTP/1.1 "
     "auth_schemes=Bearer,Negotiate,NTLM,Basic,MsRtcOAuth,Digest body_octets=0 "
     "ms_diagnostics{code:2000004 reason:\"The tenant; x\" error_category:\"invalid\"} "
     "auth_params{scheme:\"Bearer\" client_id:\"0000\" trusted_issuers:\"a,b@c\" "
     "error:\"invalid_token\"}{scheme:\"Basic\" realm:\"x\"}{scheme:\"MsRtcOAuth\" "
     "href:\"https://a/\" grant_type:\"urn:x,password\"}{scheme:\"Digest\" realm:\"a\"}\n"     },

    {"challenges of Digest and Bearer, without nonces",
     {{S,
       "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"
       "WWW-Authenticate: Digest realm=\"a@b\", qop=\"auth, auth-int\", algorithm=SHA-256, "
       "nonce=\"7ypf/xlj9XXwfDPEoM4URrv\", opaque=\"FQhe/qaU925kfnzjCev0ci\", stale=TRUE\r\n"
       "WWW-Authenticate: Bearer authorization_uri=\"https://login.windows.net/common?token=x\", "
       "scope=\"a b\"\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.response status=401 reason=Unauthorized version=HTTP/1.1 auth_schemes=Digest,Bearer "
     "body_octets=0 auth_params{scheme:\"Digest\" realm:\"a@b\" qop:\"auth, auth-int\" "
     "algorithm:\"SHA-256\" stale:\"TRUE\"}{scheme:\"Bearer\" "
     "authorization_uri:\"https://login.windows.net/common?token=***\" scope:\"a b\"}\n"       },

    {"credentials for a proxy and for the server",
     {{C, "GET http://a/ HTTP/1.1\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"
          "Authorization: Bearer eyJ.e30.s\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#2 token.presented in=1 type=other digest=55f39043a8ff1c811ad10e3419e023b9 "
     "place=Authorization\n"
     "#1 http.request method=GET host=a target=http://a/ version=HTTP/1.1 auth_scheme=Bearer "
     "user=Aladdin auth_for=proxy,server proxy_auth_scheme=Basic\n"                            },

    {"diagnostics by all names",
     {{S, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n"
          "ms-diagnostics-public: 4003;reason=\"b\"\r\n"
          "X-MS-diagnostics: 28032;source=\"fe01\";reason=\"a\"\r\n\r\n"
          "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"
          "X-MS-Diagnostics-Public: 4004;reason=\"c\"\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.response status=403 reason=Forbidden version=HTTP/1.1 body_octets=0 "
     "ms_diagnostics{code:28032 source:\"fe01\" reason:\"a\"} "
     "ms_diagnostics_all{code:28032 source:\"fe01\" reason:\"a\"}{code:4003 reason:\"b\"}\n"
     "#2 http.response status=401 reason=Unauthorized version=HTTP/1.1 body_octets=0 "
     "ms_diagnostics{code:4004 reason:\"c\"}\n"                                                },

    {"who stands between, and who answers",
     {{C, "GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: Keep-Alive\r\n"
          "Connection: TE, close\r\nX-Forwarded-For: 192.0.2.1, 198.51.100.2\r\n"
          "X-Forwarded-Proto: https\r\nForwarded: for=192.0.2.1\r\n"
          "Restrict-Access-To-Tenants: contoso.com\r\nX-User-Identity: ann@contoso.com\r\n\r\n"},
      {S, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: keep-alive\r\n"
          "Via: 1.1 proxy (squid)\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\nX-FEServer: FE1\r\n"
          "X-BEServer: BE2\r\nX-MS-Namespace: internal\r\nx-ms-request-id: 1-2\r\n"
          "Warning: 120 fe01 \"InvalidToken\"\r\nProxy-Support: Session-Based-Authentication\r\n"
          "\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=GET host=a target=/ version=HTTP/1.1 "
     "forwarded{X-Forwarded-For:\"192.0.2.1, 198.51.100.2\" X-Forwarded-Proto:\"https\" "
     "Forwarded:\"for=192.0.2.1\"} closes=1 proxy_connection=Keep-Alive "
     "user_identity=ann@contoso.com tenants=contoso.com\n"
     "#2 http.response status=503 reason=Service Unavailable version=HTTP/1.1 request=1 "
     "body_octets=0 via=1.1 proxy (squid) request_id=1-2 namespace=internal "
     "warning=120 fe01 \"InvalidToken\" servers{X-FEServer:\"FE1\" X-BEServer:\"BE2\"} "
     "proxy_support=Session-Based-Authentication proxy_error=ERR_DNS_FAIL 0\n"                 },

    {"credentials by name only",
     {{C, "POST /ucwa HTTP/1.1\r\nAuthorization: Bearer cwt=AAEBsecret\r\n"
          "X-MS-WebTicket: opaque=PHNhbWw6c2VjcmV0\r\nCookie: FedAuth=secret\r\n"
          "SOAPAction: \"urn:a/b\"\r\nContent-Length: 0\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#2 token.presented in=1 type=cwt digest=983a30b161c485a7d7733c883dd49d1f "
     "place=Authorization\n"
     "#3 token.presented in=1 type=web-ticket digest=dcaab823911147aeff5872c09ff200cc "
     "place=X-MS-WebTicket\n"
     "#1 http.request method=POST target=/ucwa version=HTTP/1.1 soap_action=urn:a/b "
     "auth_scheme=Bearer body_octets=0 web_ticket=opaque\n"                                    },

    {"users of Basic and Digest",
     {{C, "GET /1 HTTP/1.1\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
          "GET /2 HTTP/1.1\r\nAuthorization: Basic b3BlbnNlc2FtZQ==\r\n\r\n"
          "GET /3 HTTP/1.1\r\nAuthorization: Digest username=\"Mufasa\", realm=\"a, b\", "
          "nonce=\"dcd98b\", uri=\"/3\", response=\"6629fae4\"\r\n\r\n"
          "GET /4 HTTP/1.1\r\nProxy-Authorization: basic OnNlY3JldA==\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=GET target=/1 version=HTTP/1.1 auth_scheme=Basic user=Aladdin\n"
     "#2 http.request method=GET target=/2 version=HTTP/1.1 auth_scheme=Basic\n"
     "#3 http.request method=GET target=/3 version=HTTP/1.1 auth_scheme=Digest user=Mufasa "
     "auth_params{scheme:\"Digest\" realm:\"a, b\"}\n"
     "#4 http.request method=GET target=/4 version=HTTP/1.1 auth_scheme=basic auth_for=proxy\n"},

    {"secrets without a name",
     {{C, "GET / HTTP/1.1\r\nAuthorization: s3cret\r\nX-MS-WebTicket: AAEC==\r\n\r\n"
          "GET / HTTP/1.1\r\nAuthorization: ntlm\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#2 token.presented in=1 type=other digest=697e05a3e3c80b7feda82b1878f4c65f "
     "place=X-MS-WebTicket\n"
     "#1 http.request method=GET target=/ version=HTTP/1.1 web_ticket=other\n"
     "#3 http.request method=GET target=/ version=HTTP/1.1 auth_scheme=ntlm\n"                 },

    {"legs of a handshake",
     {{C, "GET / HTTP/1.1\r\nAuthorization: NTLM TlRMTVNTUAADAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
          "GET / HTTP/1.1\r\nAuthorization: Negotiate YAwGBisGAQUFAqACMAA=\r\n\r\n"
          "GET / HTTP/1.1\r\nAuthorization: Negotiate oQIwAA==\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#2 ntlm.authenticate in=1 carrier=http empty_user=1 responses=anonymous mic=0\n"
     "#1 http.request method=GET target=/ version=HTTP/1.1 auth_scheme=NTLM auth_leg=answer\n"
     "#4 spnego.init in=3 carrier=http\n"
     "#3 http.request method=GET target=/ version=HTTP/1.1 auth_scheme=Negotiate auth_leg=first\n"
     "#6 spnego.response in=5 carrier=http\n"
     "#5 http.request method=GET target=/ version=HTTP/1.1 auth_scheme=Negotiate "
     "auth_leg=answer\n"                                                                       },

    {"length: doubled, different, no number, beside chunks",
     {{C, "POST /1 HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab"
          "POST /2 HTTP/1.1\r\nContent-Length: 2, 3\r\n\r\nab"
          "POST /3 HTTP/1.1\r\nContent-Length: -1\r\n\r\nab\n"
          "POST /4 HTTP/1.1\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
          "POST /5 HTTP/1.1\r\nContent-Length: 9223372036854775808\r\n\r\nabGET /6 HTTP/1.1\r\n"
          "\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=POST target=/1 version=HTTP/1.1 body_octets=2\n"
     "#3 malformed in=2 what=several different Content-Length offset=0\n"
     "#2 http.request method=POST target=/2 version=HTTP/1.1 body_octets=2\n"
     "#5 malformed in=4 what=Content-Length is no number offset=0\n"
     "#4 http.request method=POST target=/3 version=HTTP/1.1 body_octets=3\n"
     "#7 malformed in=6 what=Content-Length beside Transfer-Encoding offset=0\n"
     "#6 http.request method=POST target=/4 version=HTTP/1.1 body_octets=0\n"
     "#9 malformed in=8 what=Content-Length is no number offset=0\n"
     "#8 http.request method=POST target=/5 version=HTTP/1.1 body_octets=2\n"
     "#10 http.request method=GET target=/6 version=HTTP/1.1\n"                                },

    {"broken chunk",
     {{S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nxyz\r\nHTTP/1.1 201 "
          "Created\r\nContent-Length: 0\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#2 malformed in=1 what=chunk without a size offset=0\n"
     "#1 http.response status=200 reason=OK version=HTTP/1.1 body_octets=2 cut=1\n"
     "#3 http.response status=201 reason=Created version=HTTP/1.1 body_octets=0\n"             },

    {"junk between messages",
     {{C, "GET /1 HTTP/1.1\r\n\r\nrubbish\r\nmore\r\nGET /2 HTTP/1.1\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=GET target=/1 version=HTTP/1.1\n"
     "#2 malformed what=neither request line nor status line offset=0\n"
     "#3 http.request method=GET target=/2 version=HTTP/1.1\n"                                 },

    {"hole in a body of known length",
     {{C, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab"},
      {GAP_C, "5"},
      {C, "cdeGET /2 HTTP/1.1\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#2 net.gap octets=5 why=lost\n"
     "#1 http.request method=POST target=/ version=HTTP/1.1 body_octets=10 cut=1\n"
     "#3 http.request method=GET target=/2 version=HTTP/1.1\n"                                 },

    {"hole that ends a body",
     {{C, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab"},
      {GAP_C, "8"},
      {C, "GET /2 HTTP/1.1\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#2 net.gap octets=8 why=lost\n"
     "#1 http.request method=POST target=/ version=HTTP/1.1 body_octets=10 cut=1\n"
     "#3 http.request method=GET target=/2 version=HTTP/1.1\n"                                 },

    {"body cut by the end: its reader is told",
     {{S, "HTTP/1.1 200 OK\r\nContent-Type: application/pkix-crl\r\nContent-Length: 200\r\n\r\n0"}},
     SGS_END_RST,     false,
     "#2 revocation.fetch in=1 status=200 cut=1 how=crl outcome=answered\n"
     "#1 http.response status=200 reason=OK version=HTTP/1.1 body_octets=1 "
     "content_type=application/pkix-crl cut=1\n"                                               },

    {"hole in a chunk",
     {{S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n01"},
      {GAP_S, "7"},
      {S, "9\r\n0\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#2 net.gap octets=7 why=lost\n"
     "#1 http.response status=200 reason=OK version=HTTP/1.1 body_octets=10 cut=1\n"
     "#3 http.response status=201 reason=Created version=HTTP/1.1 body_octets=0\n"             },

    {"hole over the end of a body",
     {{C, "GET /1 HTTP/1.1\r\n\r\n"},
      {S, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"},
      {C, "GET /2 HTTP/1.1\r\n\r\n"},
      {GAP_S, "50"},
      {S, "tail\r\nof something"},
      {C, "GET /3 HTTP/1.1\r\n\r\n"},
      {S, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=GET target=/1 version=HTTP/1.1\n"
     "#3 http.request method=GET target=/2 version=HTTP/1.1\n"
     "#4 net.gap octets=50 why=lost\n"
     "#2 http.response status=200 reason=OK version=HTTP/1.1 request=1 body_octets=2 cut=1\n"
     "#5 http.request method=GET target=/3 version=HTTP/1.1\n"
     "#6 http.response status=404 reason=Not Found version=HTTP/1.1 request=5 body_octets=0\n" },

    {"hole in a head",
     {{C, "GET /1 HTTP/1.1\r\nHost: a\r\nUser-Ag"},
      {GAP_C, "9"},
      {C, "xyz\r\n\r\n{\"a\":1}POST /2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"}},
     SGS_END_FIN,     false,
     "#1 net.gap octets=9 why=lost\n"
     "#2 http.request method=GET host=a target=/1 version=HTTP/1.1 cut=1\n"
     "#3 http.request method=POST target=/2 version=HTTP/1.1 body_octets=1\n"                  },

    {"a sentence that ends like a request line",
     {{C, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {GAP_C, "9"},
      {C, "ETA is known or http://b/ speaks it HTTP/1.1\r\nA: b\r\n\r\n"},
      {C, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 http.request method=GET host=a target=/1 version=HTTP/1.1\n"
     "#2 net.gap octets=9 why=lost\n"
     "#3 http.request method=GET host=a target=/a b version=HTTP/1.1\n"                        },

    {"capture ends in a head",
     {{C, "GET /1 HTTP/1.1\r\nHost: a\r\nUser-Ag"}, {S, "HTTP/1.1 20"}},
     SGS_END_CAPTURE, false,
     "#1 http.request method=GET host=a target=/1 version=HTTP/1.1 cut=1\n"                    },

    {"hole in a request line",
     {{C, "GET /images/sf.gif?a=b HTT"}, {GAP_C, "466"}},
     SGS_END_FIN,     false,
     "#1 net.gap octets=466 why=lost\n"
     "#2 http.request method=GET target=/images/sf.gif?a=b cut=1\n"                            },

    {"capture begins in the middle",
     {{S, "tail of a body\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
      {C, "other\n\nDELETE /x HTTP/1.1\r\n\r\n"}},
     SGS_END_FIN,     true,
     "#1 http.response status=200 reason=OK version=HTTP/1.1 body_octets=0\n"
     "#2 http.request method=DELETE target=/x version=HTTP/1.1\n"                              },

    {"body shorter than told",
     {{C, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab"}},
     SGS_END_FIN,     false,
     "#1 http.request method=POST target=/ version=HTTP/1.1 body_octets=2 cut=1\n"             },

    {"nameless header",
     {{C, "GET / HTTP/1.1\r\nrubbish\r\n: x\r\nHost: a\r\n\r\n"}},
     SGS_END_FIN,     false,
     "#1 malformed what=header line without a name offset=16\n"
     "#2 malformed what=header line without a name offset=25\n"
     "#3 http.request method=GET host=a target=/ version=HTTP/1.1\n"                           },
};

static void run(struct play *p, const struct row *row, bool is_slow)
{
    for (size_t i = 0; i < N(row->acts) && row->acts[i].text; i++) {
        const struct act *a = &row->acts[i];
        enum sgs_dir dir = a->what == C || a->what == GAP_C ? SGS_C2S : SGS_S2C;
        if (a->what == GAP_C || a->what == GAP_S) {
            play_gap(p, dir, strtoull(a->text, NULL, 10));
        } else if (is_slow) {
            play_slowly(p, dir, a->text);
        } else {
            play_text(p, dir, a->text);
        }
    }
}

/* Each row whole and octet by octet: both must tell the same. */
static void one(void **state)
{
    const struct row *row = *state;

    for (int slow = 0; slow < 2; slow++) {
        struct play p;
        play_open(&p, "http1", !row->is_late);
        run(&p, row, slow);
        const char *out = play_end(&p, row->end);
        assert_string_equal(out, row->expected);
        play_close(&p);
    }
}

static const struct {
    const char *head;
    enum sgs_guess guess;
} probes[] = {
    {"GET / HTTP/1.1\r\n",             SGS_SURE },
    {"\r\nPOST /a b HTTP/1.0\n",       SGS_SURE },
    {"VERSION-CONTROL /x HTTP/1.1\n",  SGS_SURE },
    {"M-SEARCH * HTTP/1.1\r\n",        SGS_SURE },
    {"RPC_IN_DATA /rpc HTTP/1.1\r\n",  SGS_SURE },
    {"HTTP/1.1 200 OK\r\n",            SGS_SURE },
    {"HTTP/1.0 404\r\n",               SGS_SURE },
    {"GET /",                          SGS_MAYBE},
    {"OPTIONS ",                       SGS_SHORT},
    {"RETR /pub",                      SGS_SHORT},
    {"HTT",                            SGS_SHORT},
    {"",                               SGS_SHORT},
    {"GET /\r\n",                      SGS_NO   },
    {"REGISTER sip:a SIP/2.0\r\n",     SGS_NO   },
    {"OPTIONS rtsp://a RTSP/1.0\r\n",  SGS_NO   },
    {"REQMOD icap://a/b ICAP/1.0\r\n", SGS_NO   },
    {"PRI * HTTP/2.0\r\n",             SGS_NO   },
    {"get / HTTP/1.1\r\n",             SGS_NO   },
    {"SSH-2.0-OpenSSH\r\n",            SGS_NO   },
    {"HTTP/1.1 2000 OK\r\n",           SGS_NO   },
    {"\x16\x03\x01",                   SGS_NO   },
};

extern const struct sgs_dissector sgs_dissector_http1;

static void probing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(probes); i++) {
        struct sgs_slice head = sgs_slice(probes[i].head, strlen(probes[i].head));
        print_message("%s\n", probes[i].head);
        assert_int_equal(sgs_dissector_http1.probe(head, SGS_C2S), probes[i].guess);
    }
}

/* More than the caps allow: facts, and the conversation goes on. */
static void caps(void **state)
{
    struct play p;
    (void)state;

    play_open(&p, "http1", true);
    play_text(&p, SGS_C2S, "GET /1 HTTP/1.1\r\n");
    for (int i = 0; i < 10000; i++) {
        play_text(&p, SGS_C2S, "X-Long: 0123456789\r\n");
    }
    play_text(&p, SGS_C2S, "\r\nGET /2 HTTP/1.1\r\n\r\n");
    for (int i = 0; i < 1100; i++) {
        play_text(&p, SGS_C2S, "GET /3 HTTP/1.1\r\n\r\n");
    }
    for (int i = 0; i < 1103; i++) {
        play_text(&p, SGS_S2C, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    const char *out = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(out, "limit what=http.headers number=256\n"));
    assert_non_null(strstr(out, "limit what=http.head number=65536\n"));
    assert_non_null(strstr(out, "http.request method=GET target=/1 version=HTTP/1.1 cut=1\n"));
    assert_non_null(strstr(out, "http.request method=GET target=/2 version=HTTP/1.1\n"));
    assert_non_null(strstr(out, "what=http.pending number=1024\n"));
    assert_non_null(strstr(out, "HTTP/1.1 request=3 body_octets=0\n"));
    assert_non_null(strstr(out, "status=200 reason=OK version=HTTP/1.1 body_octets=0\n"));
    play_close(&p);
}

/* The same octets cut at every place: no crash, and what was told before the cut stays told. */
static void prefixes(void **state)
{
    static const char text[] =
        "POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n"
        "0\r\nA: b\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
    (void)state;

    for (size_t n = 0; n < sizeof text; n++) {
        struct play p;
        play_open(&p, NULL, true);
        play_push(&p, SGS_C2S, sgs_slice(text, n));
        play_gap(&p, SGS_C2S, 3);
        play_push(&p, SGS_C2S, sgs_slice_from(sgs_slice(text, sizeof text - 1), n + 3));
        (void)play_end(&p, SGS_END_CAPTURE);
        play_close(&p);
    }
}

int main(void)
{
    struct CMUnitTest tests[N(rows) + 3];

    for (size_t i = 0; i < N(rows); i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    tests[N(rows)] = (struct CMUnitTest)cmocka_unit_test(probing);
    tests[N(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(caps);
    tests[N(rows) + 2] = (struct CMUnitTest)cmocka_unit_test(prefixes);
    return cmocka_run_group_tests_name("http1", tests, NULL, NULL) != 0;
}
