/* Names of LDAP numbers: RFC 4511, section 4.1.9, the registry "LDAP Parameters" of IANA and
 * [MS-ADTS], sections 3.1.1.3.4.1 and 3.1.1.3.4.2. */
#include <signscope/names.h>

#include "ldap.h"

static const struct sgs_value_name results[] = {
    {0,   "success"                     },
    {1,   "operationsError"             },
    {2,   "protocolError"               },
    {3,   "timeLimitExceeded"           },
    {4,   "sizeLimitExceeded"           },
    {5,   "compareFalse"                },
    {6,   "compareTrue"                 },
    {7,   "authMethodNotSupported"      },
    {8,   "strongerAuthRequired"        },
    {10,  "referral"                    },
    {11,  "adminLimitExceeded"          },
    {12,  "unavailableCriticalExtension"},
    {13,  "confidentialityRequired"     },
    {14,  "saslBindInProgress"          },
    {16,  "noSuchAttribute"             },
    {17,  "undefinedAttributeType"      },
    {18,  "inappropriateMatching"       },
    {19,  "constraintViolation"         },
    {20,  "attributeOrValueExists"      },
    {21,  "invalidAttributeSyntax"      },
    {32,  "noSuchObject"                },
    {33,  "aliasProblem"                },
    {34,  "invalidDNSyntax"             },
    {36,  "aliasDereferencingProblem"   },
    {48,  "inappropriateAuthentication" },
    {49,  "invalidCredentials"          },
    {50,  "insufficientAccessRights"    },
    {51,  "busy"                        },
    {52,  "unavailable"                 },
    {53,  "unwillingToPerform"          },
    {54,  "loopDetect"                  },
    {64,  "namingViolation"             },
    {65,  "objectClassViolation"        },
    {66,  "notAllowedOnNonLeaf"         },
    {67,  "notAllowedOnRDN"             },
    {68,  "entryAlreadyExists"          },
    {69,  "objectClassModsProhibited"   },
    {71,  "affectsMultipleDSAs"         },
    {80,  "other"                       },
    {118, "canceled"                    },
    {119, "noSuchOperation"             },
    {120, "tooLate"                     },
    {121, "cannotCancel"                },
};

struct oid_name {
    const char *oid;
    const char *name;
};

static const struct oid_name extensions[] = {
    {"1.3.6.1.4.1.1466.20037",     "StartTLS"             },
    {"1.3.6.1.4.1.1466.20036",     "noticeOfDisconnection"},
    {"1.3.6.1.4.1.4203.1.11.1",    "passwordModify"       },
    {"1.3.6.1.4.1.4203.1.11.3",    "WhoAmI"               },
    {"1.3.6.1.1.8",                "cancel"               },
    {"1.2.840.113556.1.4.1781",    "fastBind"             },
    {"1.3.6.1.4.1.1466.101.119.1", "dynamicRefresh"       },
};

static const struct oid_name controls[] = {
    {"1.2.840.113556.1.4.319",    "pagedResults"        },
    {"1.2.840.113556.1.4.417",    "showDeleted"         },
    {"1.2.840.113556.1.4.473",    "serverSideSorting"   },
    {"1.2.840.113556.1.4.474",    "sortResponse"        },
    {"1.2.840.113556.1.4.528",    "notification"        },
    {"1.2.840.113556.1.4.529",    "extendedDN"          },
    {"1.2.840.113556.1.4.801",    "SDFlags"             },
    {"1.2.840.113556.1.4.841",    "dirSync"             },
    {"1.2.840.113556.1.4.1338",   "verifyName"          },
    {"1.2.840.113556.1.4.1339",   "domainScope"         },
    {"1.2.840.113556.1.4.1340",   "searchOptions"       },
    {"1.2.840.113556.1.4.1413",   "permissiveModify"    },
    {"1.3.6.1.1.13.2",            "postRead"            },
    {"1.3.6.1.4.1.42.2.27.8.5.1", "passwordPolicy"      },
    {"2.16.840.1.113730.3.4.2",   "manageDsaIT"         },
    {"2.16.840.1.113730.3.4.18",  "proxiedAuthorization"},
};

static struct sgs_slice oid_name(const struct oid_name *rows, size_t n, struct sgs_slice oid)
{
    for (size_t i = 0; i < n; i++) {
        if (sgs_slice_eq(oid, sgs_slice_str(rows[i].oid))) {
            return sgs_slice_str(rows[i].name);
        }
    }
    return oid;
}

struct sgs_slice sgs_ldap_result(struct sgs_arena *a, uint32_t code)
{
    return SGS_NAME_OR_NUMBER(results, code, "", a);
}

struct sgs_slice sgs_ldap_extension(struct sgs_slice oid)
{
    return oid_name(extensions, sizeof extensions / sizeof *extensions, oid);
}

struct sgs_slice sgs_ldap_control(struct sgs_slice oid)
{
    return oid_name(controls, sizeof controls / sizeof *controls, oid);
}
