/*
 * Errors of ICMP and ICMPv6, tied to the conversation of the datagram they quote.  Spec: RFC 792,
 * RFC 1122 (section 3.2.2), RFC 1812 (section 5.2.7), RFC 4443; codes as IANA lists them.
 *
 *   | type 1 | code 1 | checksum 2 | MTU, pointer or unused 4 | head of the datagram ...
 */
#include <stdio.h>

#include <signscope/names.h>

#include "net/conn.h"
#include "net/inner.h"

struct error {
    uint8_t type;
    const char *name;
    const struct sgs_value_name *codes;
    size_t n_codes;
};

#define CODES(table) table, sizeof(table) / sizeof *(table)

static const struct sgs_value_name unreachable4[] = {
    {0,  "network unreachable"                 },
    {1,  "host unreachable"                    },
    {2,  "protocol unreachable"                },
    {3,  "port unreachable"                    },
    {4,  "fragmentation needed"                },
    {5,  "source route failed"                 },
    {6,  "network unknown"                     },
    {7,  "host unknown"                        },
    {8,  "source host isolated"                },
    {9,  "network administratively prohibited" },
    {10, "host administratively prohibited"    },
    {11, "network unreachable for this service"},
    {12, "host unreachable for this service"   },
    {13, "administratively prohibited"         },
    {14, "host precedence violation"           },
    {15, "precedence cutoff in effect"         },
};

static const struct sgs_value_name unreachable6[] = {
    {0, "no route"                      },
    {1, "administratively prohibited"   },
    {2, "beyond scope of source address"},
    {3, "address unreachable"           },
    {4, "port unreachable"              },
    {5, "source address failed policy"  },
    {6, "route rejected"                },
    {7, "error in source routing header"},
};

static const struct sgs_value_name exceeded4[] = {
    {0, "time to live exceeded in transit"},
    {1, "fragment reassembly"             },
};

static const struct sgs_value_name exceeded6[] = {
    {0, "hop limit exceeded in transit"},
    {1, "fragment reassembly"          },
};

static const struct sgs_value_name parameter4[] = {
    {0, "pointer tells the place"},
    {1, "required option missing"},
    {2, "bad length"             },
};

static const struct sgs_value_name parameter6[] = {
    {0, "bad header field"       },
    {1, "unknown next header"    },
    {2, "unknown option"         },
    {3, "incomplete header chain"},
};

static const struct sgs_value_name too_big[] = {
    {0, "fragmentation needed"},
};

static const struct error errors4[] = {
    {3,  "destination unreachable", CODES(unreachable4)},
    {11, "time exceeded",           CODES(exceeded4)   },
    {12, "parameter problem",       CODES(parameter4)  },
};

static const struct error errors6[] = {
    {1, "destination unreachable", CODES(unreachable6)},
    {2, "packet too big",          CODES(too_big)     },
    {3, "time exceeded",           CODES(exceeded6)   },
    {4, "parameter problem",       CODES(parameter6)  },
};

static const struct sgs_value_name others4[] = {
    {0,  "ICMP echo reply"          },
    {4,  "ICMP source quench"       },
    {5,  "ICMP redirect"            },
    {8,  "ICMP echo request"        },
    {9,  "ICMP router advertisement"},
    {10, "ICMP router solicitation" },
    {13, "ICMP timestamp request"   },
    {14, "ICMP timestamp reply"     },
};

static const struct sgs_value_name others6[] = {
    {128, "ICMPv6 echo request"          },
    {129, "ICMPv6 echo reply"            },
    {130, "ICMPv6 listener query"        },
    {131, "ICMPv6 listener report"       },
    {132, "ICMPv6 listener done"         },
    {133, "ICMPv6 router solicitation"   },
    {134, "ICMPv6 router advertisement"  },
    {135, "ICMPv6 neighbor solicitation" },
    {136, "ICMPv6 neighbor advertisement"},
    {137, "ICMPv6 redirect"              },
    {143, "ICMPv6 listener report"       },
};

/* What the quoted datagram is about; its own lengths say nothing of what is quoted. */
static void quote(struct sgs_net *n, struct sgs_span s, struct sgs_icmp_error *error)
{
    struct sgs_ip_head h;
    const char *why = NULL;

    if (!sgs_ip_read(s, &h, &why)) {
        return;
    }
    error->about[0] = h.d.src;
    error->about[1] = h.d.dst;
    if (h.off > 0) {
        return;
    }
    struct sgs_reader r = rd_open(h.d.payload.octets);
    uint16_t sport = rd_be16(&r);
    uint16_t dport = rd_be16(&r);
    if (!rd_ok(&r) || (h.protocol != 6 && h.protocol != 17)) {
        return;
    }
    error->transport = h.protocol == 6 ? SGS_TCP : SGS_UDP;
    error->about[0].port = sport;
    error->about[1].port = dport;
    error->conn = sgs_conns_quoted(n, error->transport, error->about, h.d.payload);
}

static void tell(struct sgs_net *n, const struct sgs_datagram *d, const struct error *kind,
                 uint8_t code, struct sgs_span quoted)
{
    struct sgs_icmp_error error = {
        .origin = n->origin,
        .src = d->src,
        .dst = d->dst,
        .type = kind->name,
        .transport = SGS_NO_TRANSPORT,
    };
    const char *name = sgs_name_find(kind->codes, kind->n_codes, code);

    if (name) {
        (void)snprintf(error.code, sizeof error.code, "%s", name);
    } else {
        (void)snprintf(error.code, sizeof error.code, "%u", (unsigned)code);
    }
    quote(n, quoted, &error);
    n->sink.icmp(n->sink.ctx, &error);
}

/* True when it was an error of the table, cut short or not. */
static bool read_error(struct sgs_net *n, const struct sgs_datagram *d, const struct error *errors,
                       size_t n_errors, uint8_t *type)
{
    struct sgs_reader r = rd_open(d->payload.octets);
    *type = rd_u8(&r);
    uint8_t code = rd_u8(&r);
    rd_skip(&r, 6);

    if (!rd_ok(&r)) {
        sgs_net_short(n, d->payload, "transport", "ICMP header cut short");
        return true;
    }
    for (size_t i = 0; i < n_errors; i++) {
        if (errors[i].type == *type) {
            tell(n, d, &errors[i], code, sgs_span_rest(&r, d->payload));
            return true;
        }
    }
    return false;
}

void sgs_icmp(struct sgs_net *n, const struct sgs_datagram *d)
{
    uint8_t type = 0;

    if (read_error(n, d, errors4, sizeof errors4 / sizeof *errors4, &type)) {
        return;
    }
    const char *name = SGS_NAME_FIND(others4, type);
    if (name) {
        sgs_net_skip(n, "transport", "%s", name);
        return;
    }
    sgs_net_skip(n, "transport", "ICMP type %u", (unsigned)type);
}

void sgs_icmp6(struct sgs_net *n, const struct sgs_datagram *d)
{
    uint8_t type = 0;

    if (read_error(n, d, errors6, sizeof errors6 / sizeof *errors6, &type)) {
        return;
    }
    const char *name = SGS_NAME_FIND(others6, type);
    if (name) {
        sgs_net_skip(n, "transport", "%s", name);
        return;
    }
    sgs_net_skip(n, "transport", "ICMPv6 type %u", (unsigned)type);
}
