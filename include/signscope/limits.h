/*
 * Every cap on a quantity that the wire or a file chooses: number, unit, reason.
 * What passes a cap is a `limit` event (or a line of the input's damage), never a crash or a wait.
 */
#ifndef SGS_LIMITS_H
#define SGS_LIMITS_H

/* One row a line; long rows are no matter for the formatter. */
/* clang-format off */

/* frames and files */
#define SGS_MAX_FRAME            (256u * 1024)         /* octets of one captured frame: libpcap's largest snap length */
#define SGS_MAX_BLOCK            (16u * 1024 * 1024)   /* octets of one pcapng block: Wireshark's own bound, fits any secrets block */
#define SGS_MAX_INTERFACES       4096                  /* interfaces of one pcapng section */
#define SGS_MAX_DAMAGE           64                    /* damaged places listed for one input; more are only counted */
#define SGS_MAX_RESYNC           (64u * 1024 * 1024)   /* octets searched for the next plausible record after damage */
#define SGS_MAX_INPUTS           256                   /* files merged in one run */
#define SGS_MAX_FILTER_LINKS     64                    /* link types for which a filter is compiled: a file has a few */

/* net */
#define SGS_MAX_LINK_DEPTH       16                    /* headers in headers in one frame: tunnels nest two or three deep */
#define SGS_MAX_IP6_EXTENSIONS   16                    /* extension headers of one IPv6 datagram (RFC 8200 has 7 kinds) */
#define SGS_MAX_FRAGMENTED       1024                  /* datagrams waiting for fragments: oldest is dropped */
#define SGS_MAX_FRAGMENTS        128                   /* fragments of one datagram: 64 KiB in pieces of 512 octets */
#define SGS_FRAGMENT_TIMEOUT     (60 * SGS_SEC)        /* capture time: RFC 8200, section 4.5 */
#define SGS_MAX_CONNS            65536                 /* conversations held at once: least recently used is ended */
#define SGS_MAX_STREAM_HELD      (4u * 1024 * 1024)    /* octets of one direction held behind a hole: a large window */
#define SGS_MAX_HELD             (64u * 1024 * 1024)   /* octets held behind holes in all directions together */
#define SGS_MAX_STREAM_RANGES    1024                  /* separate ranges held behind holes in one direction */
#define SGS_GAP_WAIT             (1 * SGS_SEC)         /* capture time before an acknowledged hole is a gap */
#define SGS_GAP_FRAMES           64                    /* later frames of the conn before an acknowledged hole is a gap */
#define SGS_CONN_IDLE            (3600 * SGS_SEC)      /* capture time without a frame after which a TCP conn is over */
#define SGS_UDP_IDLE             (120 * SGS_SEC)       /* the same for UDP: a resolver has given up long before */
#define SGS_SYN_IDLE             (130 * SGS_SEC)       /* the same for a SYN without answer: Linux gives up after 127 s */
#define SGS_MAX_TIME_STEP        (604800 * SGS_SEC)    /* capture time between two frames: more, and the clock was set */
#define SGS_MAX_TOMBSTONES       131072                /* numbers of ended conversations remembered: oldest is dropped */
#define SGS_MAX_SEQ_JUMP         (1u << 30)            /* octets a sequence number may be off: the largest window, RFC 7323 */
#define SGS_MAX_ACK_JUMP         (16u * 1024 * 1024)   /* octets acknowledged beyond all seen: windows are smaller */
#define SGS_HISTORY              (16u * 1024)          /* octets of one direction kept to compare with what is sent again; less when many send, a share of 2 MiB */
#define SGS_MAX_HISTORIES        2048                  /* directions that keep them: least recently used gives its room */

/* layers */
#define SGS_MAX_LAYER_DEPTH      16                    /* layers on layers: tls/http1/tls/sip/tlsdsk/tls is 6 */
#define SGS_MAX_LAYERS           4096                  /* layers alive on one conn: HTTP/2 streams are the largest user */
#define SGS_MAX_CHILDREN         128                   /* keyed children of one layer: least recently used is finished */
#define SGS_MAX_PROBE            4096                  /* octets shown to probes before the conn is nobody's */
#define SGS_MAX_LAYER_MEMORY     (8u * 1024 * 1024)    /* octets of one layer's arena */
#define SGS_MAX_MESSAGE_MEMORY   (32u * 1024 * 1024)   /* octets of scratch for one message */
#define SGS_MAX_EVENT            (256u * 1024)         /* octets of one event's values */
#define SGS_MAX_EVENT_TEXT       8192                  /* octets of one text value: longer ones are cut */
#define SGS_MAX_EVENT_ITEMS      256                   /* items of one list value */
#define SGS_MAX_MALFORMED        16                    /* malformed events of one layer; more are only counted */

#define SGS_MAX_ASKED_NAMES      16384                 /* names, and addresses, that clients were told of: set longest ago goes first */
#define SGS_MAX_REVOCATION_URLS  8192                  /* places that certificates name for lists and issuers: seen longest ago goes first */
#define SGS_MAX_REVOCATION_FETCHES 1024                /* requests for them without an answer so far: the oldest goes first */
#define SGS_MAX_INTERCEPTION_NAMES 4096                /* hosts, private issuers and own domains remembered; further ones are not looked at */
#define SGS_MAX_AUTH_CONNS       4096                  /* conversations whose authentication is followed: the one begun longest ago is given up */
#define SGS_MAX_AUTH_RUNS        32                    /* authentications of one conversation: of SIP one a Call-ID */
#define SGS_MAX_ISSUED_TOKENS    16384                 /* tokens remembered whose answer was read: issued longest ago goes first */

/* dissectors */
#define SGS_MAX_DNS_MESSAGE      65535                 /* octets: RFC 1035, section 4.2.2 */
#define SGS_MAX_DNS_JUMPS        64                    /* compression pointers followed in one name */
#define SGS_MAX_DNS_RECORDS      512                   /* records read of one message */
#define SGS_MAX_DNS_PENDING      1024                  /* queries of one conn waiting for their answers */
#define SGS_MAX_TLS_RECORD       (16384 + 2048 + 5)    /* octets: RFC 5246, section 6.2.3, with header */
#define SGS_MAX_TLS_HANDSHAKE    (256u * 1024)         /* octets of one handshake message: long certificate chains */
#define SGS_MAX_TLS_EXTENSIONS   128                   /* extensions of one hello */
#define SGS_MAX_TLS_SESSIONS     4096                  /* session IDs and tickets remembered: some hours of one client */
#define SGS_MAX_TLS_CERTIFICATES 16                    /* certificates of one chain */
#define SGS_MAX_TLS_CERTIFICATE  (64u * 1024)          /* octets of one certificate */
#define SGS_MAX_OCSP             (256u * 1024)         /* octets of one OCSP message: a few kilobytes, with the certificates of its signer */
#define SGS_MAX_OCSP_CERTS       16                    /* certificates read of one OCSP message: clients ask for one */
#define SGS_MAX_ANCHORS          4096                  /* trust anchors held: systems bring some 150 */
#define SGS_MAX_ANCHOR_FILE      (16u * 1024 * 1024)   /* octets of one file of them: bundles of systems have 200 KB */
#define SGS_MAX_TLS_TRIES        64                    /* protected records at which a missing secret is looked up again */
#define SGS_MAX_TLS_WINDOW       65536                 /* sequence numbers tried after a hole: 1.4 MB of the shortest records */
#define SGS_MAX_TLS_TRIAL        (36u * 1024 * 1024)   /* octets of trial decryption a conn has at first and at most, for one whole window; it earns 8 for each octet of its records */
#define SGS_MAX_TLS_UPDATES      4                     /* KeyUpdates that one hole may have taken: common peers send one in many millions of records */
#define SGS_MAX_TLS_LATE         4                     /* records of a direction tried with the secrets of the key log when the hellos were not seen */
#define SGS_MAX_HOLD             (64u * 1024 * 1024)   /* octets kept for keys that may still come, unless --hold says another number */
#define SGS_MAX_HOLD_ENDED       4096                  /* conversations that are over and still wait for their key: oldest is given up */
#define SGS_MAX_HOLD_NEWS        64                    /* secrets remembered one by one until those who wait are asked; more, and all are asked */
#define SGS_MAX_KEY_LINE         4096                  /* octets of one key log line */
#define SGS_MAX_KEY_CUTS         64                    /* key log lines remembered that end inside their client random: a log has one, its last */
#define SGS_MAX_KEYS             2000000               /* secrets held: a 100 MB key log has about 600,000 lines */
#define SGS_MAX_SERVER_KEYS      64                    /* private keys and pre-shared keys held: one a server */
#define SGS_MAX_PSK              256                   /* octets of a pre-shared key: RFC 4279 asks for 64 */
#define SGS_MAX_PRIVATE_FILE     (1024u * 1024)        /* octets of a file of private keys: a chain beside them has some 10 KB */
#define SGS_MAX_PASS             1024                  /* octets of a pass phrase */
#define SGS_MAX_KEY_ROUNDS       2000000               /* rounds of a pass phrase's hash: common tools ask for 2,048 to 600,000 */
#define SGS_MAX_KEY_TRIALS       10000                 /* private-key operations of a run for handshakes whose certificate was not seen: 1 to 5 ms each */
#define SGS_MAX_HTTP_HEAD        (64u * 1024)          /* octets of one head: common servers refuse above 8 to 64 KiB */
#define SGS_MAX_HTTP_HEADERS     256                   /* header lines of one head */
#define SGS_MAX_HTTP_LINE        8192                  /* octets of one chunk head, or kept while searching a start line */
#define SGS_MAX_HTTP_CODINGS     4                     /* codings of one body undone one after the other */
#define SGS_MAX_HTTP_PENDING     1024                  /* requests of one conn waiting for their answers */
#define SGS_MAX_H2_FRAME         (64u * 1024)          /* octets of one frame that is read whole: DATA is read in pieces */
#define SGS_MAX_H2_BLOCK         (256u * 1024)         /* octets of one header block with its CONTINUATIONs */
#define SGS_MAX_H2_CONTINUATIONS 256                   /* CONTINUATION frames of one block: empty ones cost nothing but time */
#define SGS_MAX_H2_LIST          (256u * 1024)         /* octets of one header list: 16 KiB may inflate to 50 MB */
#define SGS_MAX_H2_TABLE         (256u * 1024)         /* octets of one dynamic table: common clients allow 64 KiB */
#define SGS_MAX_H2_ERRORS        16                    /* header blocks of one direction that cannot be read: each costs a new table */
#define SGS_MAX_H2_STREAMS       1024                  /* streams of one conn held: least recently used is finished */
#define SGS_MAX_BODY             (4u * 1024 * 1024)    /* octets of one body, before and after its content codings */
#define SGS_MAX_SIP_MESSAGE      (1024u * 1024)        /* octets: servers refuse bodies above 128 KiB */
#define SGS_MAX_SIP_HEAD         (64u * 1024)          /* octets of a head: sofia-sip is quadratic in lines */
#define SGS_MAX_SIP_HEADERS      256                   /* header lines of one head: for the same reason */
#define SGS_MAX_SIP_PARAMS       512                   /* separators of one value: sofia-sip is quadratic here too */
#define SGS_MAX_SIP_ENDPOINTS    64                    /* Contacts of one answer that are compared: a user has a handful */
#define SGS_MAX_SIP_PINGS        1024                  /* keep-alives of one direction that are told: at one in five minutes those of three days */
#define SGS_MAX_SIP_PENDING      1024                  /* transactions of one conn waiting for their answers */
#define SGS_MAX_SIP_SAS          64                    /* security associations of one conn: a client has one a user, a proxy in between more */
#define SGS_MAX_MULTIPART        32                    /* parts of one body: presence of a list of contacts has two */
#define SGS_MAX_SIPCOMP_PACKET   (256u * 1024)         /* octets of one packet of SIP compression: servers refuse bodies above 128 KiB */
#define SGS_MAX_SIPCOMP_FREE     (1024u * 1024)        /* octets that a direction may decompress to, whatever they come from */
#define SGS_MAX_SIPCOMP_RATIO    64                    /* and for each octet of its packets: a message sent again shrinks to a fiftieth */
#define SGS_MAX_XML              (1024u * 1024)        /* octets of one document */
#define SGS_MAX_XML_DEPTH        64                    /* elements in elements */
#define SGS_MAX_XML_ELEMENTS     20000                 /* elements of one document */
#define SGS_MAX_XML_ATTRIBUTES   20000                 /* attributes of one document */
#define SGS_MAX_XML_NAMESPACE    1024                  /* octets of a namespace: copied once an attribute */
#define SGS_MAX_XML_TEXT         (64u * 1024)          /* octets of text of one element */
#define SGS_MAX_JSON             (1024u * 1024)        /* octets of one document */
#define SGS_MAX_JSON_DEPTH       64                    /* lists and objects in one another */
#define SGS_MAX_JSON_VALUES      100000                /* values of one document: each costs some 100 octets */
#define SGS_MAX_TOKEN            (256u * 1024)         /* octets of one NTLM or SPNEGO message: Windows makes 48,000 at most */
#define SGS_MAX_KRB_MESSAGE      (256u * 1024)         /* octets of one Kerberos message: tickets of Windows have 64 KiB at most */
#define SGS_MAX_LDAP_MESSAGE     (4u * 1024 * 1024)    /* octets of one LDAP message or SASL buffer: a large revocation list in one entry */
#define SGS_MAX_LDAP_PENDING     1024                  /* requests of one conn waiting for their answers */
#define SGS_MAX_LDAP_FILTER      32                    /* filters in filters: people nest three or four */
#define SGS_MAX_LDAP_VALUES      16                    /* values of one entry given to who reads certificates and lists: one is usual */
#define SGS_MAX_KRB_NAME         32                    /* components of one principal's name: two or three are usual */

/* the program and its reports */
#define SGS_MAX_FILTER           65536                 /* octets of a BPF expression */
#define SGS_MAX_KEY_FILE         (1024u * 1024 * 1024) /* octets read of one key log */
#define SGS_MAX_REPORT_TLS       100000                /* undecrypted TLS connections listed; more are counted */
#define SGS_MAX_REPORT_LINE      (4u * 1024 * 1024)    /* octets of a line: the largest event, every octet escaped, and more */
#define SGS_MAX_EVENT_BLOCK      (1024u * 1024)        /* octets of events packed together in an event file: the largest event, and more */
#define SGS_MAX_SKIPPED          262144                /* rows of skipped frames in an event file: all link types, types and protocols there are */

/* sign-ins and reports */
#define SGS_MAX_ATTEMPTS         100000                /* attempts of one run: an index of them is held */
#define SGS_MAX_STEPS            20000                 /* steps of one attempt */
#define SGS_MAX_STEPS_AFTER      100                   /* of these, those that follow the registration; more are only counted */
#define SGS_MAX_EVENTS_HELD      2000000               /* events kept until their attempts are finished */
#define SGS_MAX_EVENTS_MEMORY    (384u * 1024 * 1024)  /* octets of these events, packed, and of what is held of their clients: with texts that several have (SGS_MAX_SHARED_TEXTS) a half is usual */
#define SGS_MAX_SHARED_TEXTS     (4u * 1024 * 1024)    /* octets of texts that events of several clients have: each is held once */
#define SGS_MAX_CLIENT_MEMORY    (320u * 1024 * 1024)  /* octets of the events of one client, unpacked: building its sign-ins may take as much again */
#define SGS_ROUND_EVENTS         16384                 /* events between two rounds in which attempts are finished, at least */
#define SGS_MAX_STORE_MEMORY     (4u * 1024 * 1024)    /* octets of finished attempts in memory; the rest is in a temporary file */
#define SGS_MAX_STORE_HELD       (64u * 1024 * 1024)   /* the same where there is no such file, and octets of one attempt */
#define SGS_PRESSED_EVENTS       98304                 /* events held of one client at which its attempts are not held open any longer for what may still come */
#define SGS_CROWDED_EVENTS       196608                /* the same, when only seconds are left: before events would be lost */
#define SGS_PRESSED_MEMORY       (256u * 1024 * 1024)  /* octets of packed events at which that is so of all clients: those of some 12,000 sign-ins */
#define SGS_CROWDED_MEMORY       (320u * 1024 * 1024)  /* the same, when only seconds are left */
#define SGS_MAX_TIES             256                   /* places, and connections, that an attempt remembers as named by earlier messages: the last ones */
#define SGS_MAX_KNOWN_NAMES      16384                 /* addresses whose names are remembered when the answers are gone */
#define SGS_MAX_FACTS            256                   /* facts about one attempt; more are not looked at */
#define SGS_MAX_FINDINGS         64                    /* findings of one attempt: there are not many more kinds */
#define SGS_MAX_EVIDENCE         256                   /* events that prove one finding; more are not named */
#define SGS_MAX_WANTED           4                     /* things asked for to decide an attempt: more is not done */
#define SGS_MAX_JUDGED           2000                  /* exchanges of one attempt that rules look at: later ones repeat them */
#define SGS_MAX_KNOWN_CLIENTS    65536                 /* clients of whom it is remembered since when the capture shows their look-ups */
#define SGS_MAX_KNOWN_HOSTS      8192                  /* hosts whose roles are remembered */
#define SGS_MAX_QUERY_NODES      256                   /* parts of one condition over sign-ins */
#define SGS_MAX_QUERY_DEPTH      32                    /* conditions inside each other */
#define SGS_MAX_SURVEYED         100000                /* sign-ins that are looked at together; more are only counted */
#define SGS_MAX_SURVEY_MEMORY    (64u * 1024 * 1024)   /* octets of what is kept of them, besides their records */
#define SGS_MAX_SCOPE_AGENTS     8                     /* kinds of clients named in a row of the scope */
#define SGS_MAX_SCOPE_ROWS       1000                  /* rows of the scope; more are left out */
#define SGS_MAX_DIFF_CELLS       4000000               /* pairs of steps that are looked at to set two sign-ins side by side; beyond, the nearest that fits */
#define SGS_MAX_DIFFERENCES      10000                 /* differences of two sign-ins; more are only counted */
#define SGS_MAX_DIFF_MEMORY      (512u * 1024 * 1024)  /* octets of what is kept to compare two sign-ins, for each of them */
#define SGS_MAX_HOST_CLOCKS      4096                  /* servers whose clocks are compared */

/* clang-format on */

#endif
