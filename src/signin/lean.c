/* Events as lean as sign-ins need them. */
#include "signin/lean.h"

/* Of kinds that are many and large the fields that are asked for, in order of their ids. */
static const struct {
    enum sgs_kind kind;
    enum sgs_field_id field;
} lean[] = {
    {SGS_K_TLS_CLIENT_HELLO,  SGS_F_VERSION          },
    {SGS_K_TLS_CLIENT_HELLO,  SGS_F_SNI              },
    {SGS_K_TLS_SERVER_HELLO,  SGS_F_VERSION          },
    {SGS_K_TLS_SERVER_HELLO,  SGS_F_CIPHER           },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_SUBJECT          },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_ISSUER           },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_NAMES            },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_NOT_BEFORE       },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_NOT_AFTER        },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_POSITION         },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_SHA256           },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_CRL              },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_AIA              },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_SIDE             },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_KEY              },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_SIGNATURE        },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_EKU              },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_OCSP             },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_CRL_KINDS        },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_AIA_KINDS        },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_VALIDITY         },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_NAME_MATCH       },
    {SGS_K_TLS_CERTIFICATE,   SGS_F_CHAIN            },
    {SGS_K_TOKEN_ISSUED,      SGS_F_DIGEST           },
    {SGS_K_TOKEN_PRESENTED,   SGS_F_TYPE             },
    {SGS_K_TOKEN_PRESENTED,   SGS_F_DIGEST           },
    {SGS_K_TOKEN_PRESENTED,   SGS_F_PLACE            },
    {SGS_K_CERT_PROVISIONED,  SGS_F_SUBJECT          },
    {SGS_K_CERT_PROVISIONED,  SGS_F_SHA256           },
    {SGS_K_TCP_CLOSED,        SGS_F_BY               },
    {SGS_K_TCP_CLOSED,        SGS_F_WHY              },
    {SGS_K_TCP_CLOSED,        SGS_F_OCTETS_C2S       },
    {SGS_K_TCP_CLOSED,        SGS_F_OCTETS_S2C       },
    {SGS_K_TCP_CLOSED,        SGS_F_RETRANSMITTED_C2S},
    {SGS_K_TCP_CLOSED,        SGS_F_RETRANSMITTED_S2C},
    {SGS_K_TCP_CLOSED,        SGS_F_IDLE_MS          },
    {SGS_K_TCP_CLOSED,        SGS_F_STUCK_C2S        },
    {SGS_K_TCP_CLOSED,        SGS_F_STUCK_S2C        },
    {SGS_K_REVOCATION_FETCH,  SGS_F_STATUS           },
    {SGS_K_REVOCATION_FETCH,  SGS_F_IDLE_MS          },
    {SGS_K_REVOCATION_FETCH,  SGS_F_CONTENT_TYPE     },
    {SGS_K_REVOCATION_FETCH,  SGS_F_HOW              },
    {SGS_K_REVOCATION_FETCH,  SGS_F_URL              },
    {SGS_K_REVOCATION_FETCH,  SGS_F_OCSP_STATUS      },
    {SGS_K_REVOCATION_FETCH,  SGS_F_THIS_UPDATE      },
    {SGS_K_REVOCATION_FETCH,  SGS_F_NEXT_UPDATE      },
    {SGS_K_REVOCATION_FETCH,  SGS_F_CERTIFICATE      },
    {SGS_K_REVOCATION_FETCH,  SGS_F_CHAIN_CONN       },
    {SGS_K_REVOCATION_FETCH,  SGS_F_OUTCOME          },
    {SGS_K_NTLM_CHALLENGE,    SGS_F_TARGET           },
    {SGS_K_NTLM_AUTHENTICATE, SGS_F_USER             },
    {SGS_K_NTLM_AUTHENTICATE, SGS_F_DOMAIN           },
    {SGS_K_NTLM_AUTHENTICATE, SGS_F_WORKSTATION      },
    {SGS_K_SPNEGO_INIT,       SGS_F_CARRIER          },
    {SGS_K_SPNEGO_RESPONSE,   SGS_F_NEG_STATE        },
    {SGS_K_KERBEROS_AS_REQ,   SGS_F_CNAME            },
    {SGS_K_KERBEROS_AS_REQ,   SGS_F_SNAME            },
    {SGS_K_KERBEROS_TGS_REQ,  SGS_F_SNAME            },
    {SGS_K_KERBEROS_AS_REP,   SGS_F_REQUEST          },
    {SGS_K_KERBEROS_AS_REP,   SGS_F_CNAME            },
    {SGS_K_KERBEROS_AS_REP,   SGS_F_CREALM           },
    {SGS_K_KERBEROS_TGS_REP,  SGS_F_REQUEST          },
    {SGS_K_KERBEROS_TGS_REP,  SGS_F_CNAME            },
    {SGS_K_KERBEROS_TGS_REP,  SGS_F_CREALM           },
    {SGS_K_KERBEROS_TGS_REP,  SGS_F_SNAME            },
    {SGS_K_KERBEROS_TGS_REP,  SGS_F_TICKET           },
    {SGS_K_KERBEROS_AP_REQ,   SGS_F_SNAME            },
    {SGS_K_KERBEROS_AP_REQ,   SGS_F_TICKET           },
    {SGS_K_KERBEROS_ERROR,    SGS_F_REQUEST          },
    {SGS_K_KERBEROS_ERROR,    SGS_F_CNAME            },
    {SGS_K_KERBEROS_ERROR,    SGS_F_CREALM           },
    {SGS_K_KERBEROS_ERROR,    SGS_F_ERROR            },
    {SGS_K_KERBEROS_ERROR,    SGS_F_NT_STATUS        },
    {SGS_K_KERBEROS_ERROR,    SGS_F_CTIME            },
    {SGS_K_KERBEROS_ERROR,    SGS_F_STIME            },
};

#define N_LEAN (sizeof lean / sizeof *lean)

_Static_assert(N_LEAN <= SGS_LEAN_FIELDS, "fields of one kind");

struct sgs_event sgs_lean(const struct sgs_event *ev, struct sgs_value values[SGS_LEAN_FIELDS])
{
    struct sgs_event copy = *ev;
    bool is_lean = false;
    copy.n_values = 0;
    for (size_t i = 0; i < N_LEAN; i++) {
        is_lean |= lean[i].kind == ev->kind;
        const struct sgs_value *v =
            lean[i].kind == ev->kind ? sgs_event_get(ev, lean[i].field) : NULL;
        if (v) {
            values[copy.n_values++] = *v;
        }
    }
    copy.values = values;
    return is_lean ? copy : *ev;
}
