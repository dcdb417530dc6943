/*
 * The tokens of rows.def in the encodings of the wire, and their digests as Python's hashlib gives
 * them.
 */
#define ASSERTION                                                                                  \
    "<saml:Assertion xmlns:saml='urn:oasis:names:tc:SAML:1.0:assertion' MajorVersion='1' MinorVer" \
    "sion='1' AssertionID='SamlSecurityToken-1d5e0b54-0a53-4a3c-9a5d-6a2d6b0c1f77' Issuer='https:" \
    "//pool01.contoso.com/WebTicket/WebTicketService.svc' IssueInstant='2019-05-14T08:02:12.120Z'" \
    "><saml:Conditions NotBefore='2019-05-14T08:02:12.120Z' NotOnOrAfter='2019-05-14T16:02:12.120" \
    "Z'><saml:AudienceRestrictionCondition><saml:Audience>https://web.contoso.com/</saml:Audience" \
    "></saml:AudienceRestrictionCondition></saml:Conditions><saml:AuthenticationStatement Authent" \
    "icationMethod='urn:oasis:names:tc:SAML:1.0:am:password'><saml:Subject><saml:NameIdentifier>s" \
    "ip:ada@contoso.com</saml:NameIdentifier><saml:SubjectConfirmation><saml:ConfirmationMethod>u" \
    "rn:oasis:names:tc:SAML:1.0:cm:holder-of-key</saml:ConfirmationMethod><ds:KeyInfo xmlns:ds='h" \
    "ttp://www.w3.org/2000/09/xmldsig#'><e:EncryptedKey xmlns:e='http://www.w3.org/2001/04/xmlenc" \
    "#'/></ds:KeyInfo></saml:SubjectConfirmation></saml:Subject></saml:AuthenticationStatement><s" \
    "aml:AttributeStatement><saml:Attribute AttributeName='http://schemas.xmlsoap.org/ws/2005/05/" \
    "identity/claims/uri' AttributeNamespace='x'><saml:AttributeValue>secretvalue0001</saml:Attri" \
    "buteValue></saml:Attribute><saml:Attribute AttributeName='UPN'/></saml:AttributeStatement><d" \
    "s:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><ds:SignedInfo><ds:SignatureMethod" \
    " Algorithm='http://www.w3.org/2000/09/xmldsig#rsa-sha1'/></ds:SignedInfo><ds:SignatureValue>" \
    "c2lnbmF0dXJlMDAwMQ==</ds:SignatureValue></ds:Signature></saml:Assertion>"
#define ASSERTION_64                                                                               \
    "PHNhbWw6QXNzZXJ0aW9uIHhtbG5zOnNhbWw9J3VybjpvYXNpczpuYW1lczp0YzpTQU1MOjEuMDphc3NlcnRpb24nIE1h" \
    "am9yVmVyc2lvbj0nMScgTWlub3JWZXJzaW9uPScxJyBBc3NlcnRpb25JRD0nU2FtbFNlY3VyaXR5VG9rZW4tMWQ1ZTBi" \
    "NTQtMGE1My00YTNjLTlhNWQtNmEyZDZiMGMxZjc3JyBJc3N1ZXI9J2h0dHBzOi8vcG9vbDAxLmNvbnRvc28uY29tL1dl" \
    "YlRpY2tldC9XZWJUaWNrZXRTZXJ2aWNlLnN2YycgSXNzdWVJbnN0YW50PScyMDE5LTA1LTE0VDA4OjAyOjEyLjEyMFon" \
    "PjxzYW1sOkNvbmRpdGlvbnMgTm90QmVmb3JlPScyMDE5LTA1LTE0VDA4OjAyOjEyLjEyMFonIE5vdE9uT3JBZnRlcj0n" \
    "MjAxOS0wNS0xNFQxNjowMjoxMi4xMjBaJz48c2FtbDpBdWRpZW5jZVJlc3RyaWN0aW9uQ29uZGl0aW9uPjxzYW1sOkF1" \
    "ZGllbmNlPmh0dHBzOi8vd2ViLmNvbnRvc28uY29tLzwvc2FtbDpBdWRpZW5jZT48L3NhbWw6QXVkaWVuY2VSZXN0cmlj" \
    "dGlvbkNvbmRpdGlvbj48L3NhbWw6Q29uZGl0aW9ucz48c2FtbDpBdXRoZW50aWNhdGlvblN0YXRlbWVudCBBdXRoZW50" \
    "aWNhdGlvbk1ldGhvZD0ndXJuOm9hc2lzOm5hbWVzOnRjOlNBTUw6MS4wOmFtOnBhc3N3b3JkJz48c2FtbDpTdWJqZWN0" \
    "PjxzYW1sOk5hbWVJZGVudGlmaWVyPnNpcDphZGFAY29udG9zby5jb208L3NhbWw6TmFtZUlkZW50aWZpZXI+PHNhbWw6" \
    "U3ViamVjdENvbmZpcm1hdGlvbj48c2FtbDpDb25maXJtYXRpb25NZXRob2Q+dXJuOm9hc2lzOm5hbWVzOnRjOlNBTUw6" \
    "MS4wOmNtOmhvbGRlci1vZi1rZXk8L3NhbWw6Q29uZmlybWF0aW9uTWV0aG9kPjxkczpLZXlJbmZvIHhtbG5zOmRzPSdo" \
    "dHRwOi8vd3d3LnczLm9yZy8yMDAwLzA5L3htbGRzaWcjJz48ZTpFbmNyeXB0ZWRLZXkgeG1sbnM6ZT0naHR0cDovL3d3" \
    "dy53My5vcmcvMjAwMS8wNC94bWxlbmMjJy8+PC9kczpLZXlJbmZvPjwvc2FtbDpTdWJqZWN0Q29uZmlybWF0aW9uPjwv" \
    "c2FtbDpTdWJqZWN0Pjwvc2FtbDpBdXRoZW50aWNhdGlvblN0YXRlbWVudD48c2FtbDpBdHRyaWJ1dGVTdGF0ZW1lbnQ+" \
    "PHNhbWw6QXR0cmlidXRlIEF0dHJpYnV0ZU5hbWU9J2h0dHA6Ly9zY2hlbWFzLnhtbHNvYXAub3JnL3dzLzIwMDUvMDUv" \
    "aWRlbnRpdHkvY2xhaW1zL3VyaScgQXR0cmlidXRlTmFtZXNwYWNlPSd4Jz48c2FtbDpBdHRyaWJ1dGVWYWx1ZT5zZWNy" \
    "ZXR2YWx1ZTAwMDE8L3NhbWw6QXR0cmlidXRlVmFsdWU+PC9zYW1sOkF0dHJpYnV0ZT48c2FtbDpBdHRyaWJ1dGUgQXR0" \
    "cmlidXRlTmFtZT0nVVBOJy8+PC9zYW1sOkF0dHJpYnV0ZVN0YXRlbWVudD48ZHM6U2lnbmF0dXJlIHhtbG5zOmRzPSdo" \
    "dHRwOi8vd3d3LnczLm9yZy8yMDAwLzA5L3htbGRzaWcjJz48ZHM6U2lnbmVkSW5mbz48ZHM6U2lnbmF0dXJlTWV0aG9k" \
    "IEFsZ29yaXRobT0naHR0cDovL3d3dy53My5vcmcvMjAwMC8wOS94bWxkc2lnI3JzYS1zaGExJy8+PC9kczpTaWduZWRJ" \
    "bmZvPjxkczpTaWduYXR1cmVWYWx1ZT5jMmxuYm1GMGRYSmxNREF3TVE9PTwvZHM6U2lnbmF0dXJlVmFsdWU+PC9kczpT" \
    "aWduYXR1cmU+PC9zYW1sOkFzc2VydGlvbj4="
#define ASSERTION_OTHER                                                                            \
    "<Assertion xmlns='urn:oasis:names:tc:SAML:1.0:assertion' AssertionID='SamlSecurityToken-1d5e" \
    "0b54-0a53-4a3c-9a5d-6a2d6b0c1f77' Issuer='https://pool01.contoso.com/WebTicket/WebTicketServ" \
    "ice.svc' MinorVersion='1' IssueInstant='2019-05-14T08:02:12.120Z' MajorVersion='1'><Conditio" \
    "ns NotBefore='2019-05-14T08:02:12.120Z' NotOnOrAfter='2019-05-14T16:02:12.120Z'><AudienceRes" \
    "trictionCondition><Audience>https://web.contoso.com/</Audience></AudienceRestrictionConditio" \
    "n></Conditions><AuthenticationStatement AuthenticationMethod='urn:oasis:names:tc:SAML:1.0:am" \
    ":password'><Subject><NameIdentifier><![CDATA[sip:ada]]>&#64;contoso.com</NameIdentifier><Sub" \
    "jectConfirmation><ConfirmationMethod>urn:oasis:names:tc:SAML:1.0:cm:holder-of-key</Confirmat" \
    "ionMethod><q:KeyInfo xmlns:q='http://www.w3.org/2000/09/xmldsig#'><e:EncryptedKey xmlns:e='h" \
    "ttp://www.w3.org/2001/04/xmlenc#'/></q:KeyInfo></SubjectConfirmation></Subject></Authenticat" \
    "ionStatement><AttributeStatement><Attribute AttributeName='http://schemas.xmlsoap.org/ws/200" \
    "5/05/identity/claims/uri' AttributeNamespace='x'><AttributeValue>secretvalue0001</AttributeV" \
    "alue></Attribute><Attribute AttributeName='UPN'/></AttributeStatement><q:Signature xmlns:q='" \
    "http://www.w3.org/2000/09/xmldsig#'><q:SignedInfo><q:SignatureMethod Algorithm='http://www.w" \
    "3.org/2000/09/xmldsig#rsa-sha1'/></q:SignedInfo><q:SignatureValue>\n c2lnbmF0\n "             \
    "dXJlMDAwMQ==\n<"                                                                              \
    "/q:SignatureValue></q:Signature></Assertion>"
#define JWT                                                                                        \
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIiwieDV0Ijoib3RoZXIifQ.eyJhdWQiOiJodHRwc" \
    "zovL3dlYmRpcjJhLm9ubGluZS5seW5jLmNvbSIsImlzcyI6Imh0dHBzOi8vc3RzLndpbmRvd3MubmV0LzcyZjk4OGJmL" \
    "TAwMDAtNDAwMC04MDAwLTJkN2NkMDExZGI0Ny8iLCJpYXQiOjE1NTc4MjA5MzIsIm5iZiI6MTU1NzgyMDkzMiwiZXhwI" \
    "joxNTU3ODI0ODMyLCJhcHBpZCI6ImQzNTkwZWQ2LTUyYjMtNDEwMi1hZWZmLWFhZDIyOTJhYjAxYyIsInN1YiI6InBha" \
    "XJ3aXNlIiwidW5pcXVlX25hbWUiOiJBREEiLCJ1cG4iOiJhZGFAY29udG9zby5jb20iLCJ0aWQiOiI3MmY5ODhiZi0wM" \
    "DAwLTQwMDAtODAwMC0yZDdjZDAxMWRiNDciLCJzY3AiOiJDb250YWN0cy5SZWFkV3JpdGUgdXNlcl9pbXBlcnNvbmF0a" \
    "W9uIiwicm9sZXMiOlsiTWVldGluZy5Kb2luIiwiQ2hhdC5TZW5kIl19.c2lnbmF0dXJlIG9jdGV0cyAwMDAx"
#define JWT_BARE                                                                                   \
    "eyJhbGciOiJub25lIn0.eyJhdWQiOlsidXJuOmEiLCJ1cm46YiJdLCJzdWIiOiJzMSIsImF6cCI6ImFwcC0yIn0."
#define JWE "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a2V5.aXY.ZGF0YQ.dGFn"
#define D_ASSERTION "951fa08f9752a56a1af53a88e159a95f"
#define D_ENCRYPTED "36d646b9d609290817e5a6a67f62443e"
#define D_AA "8df04c9c013a041cef4ab3d7abaeeeb1"
#define D_SAML2 "abcad7d8b87fac3dcf1aa1304430a832"
#define D_ORGID "5c55f529950a349cf282e12495b51088"
#define D_CWT "71814c92708b4af66d7775fd740248de"
#define D_YIIB "60e33612c1bf86a2115d392ce234d1b4"
#define D_JWT "76ce6f941b2f6f164b9feb7c32e4dfd9"
#define D_JWT_BARE "a53e1a10ac26c4676bf551fb4332794e"
#define D_JWE "6b4c5c075fc15aacd03ffd775f8ae449"
#define D_SIX "bc0f2cf2b51986017dd335143146da95"
#define D_ABC "5284971cdc649ff8316690fe8506006d"
#define D_OPAQUE "3db4039232ebab2c731ca133520a1e34"
