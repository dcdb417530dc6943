/*
 * Names of Kerberos numbers: RFC 4120, sections 5.4.1, 5.5.1 and 7.5, the registries "Kerberos
 * Encryption Type Numbers" and "Pre-authentication and Typed Data" of IANA, and [MS-KILE].
 */
#include <inttypes.h>

#include <signscope/names.h>

#include "kerberos.h"

static const struct sgs_value_name etypes[] = {
    {1,                       "des-cbc-crc"                 },
    {2,                       "des-cbc-md4"                 },
    {3,                       "des-cbc-md5"                 },
    {5,                       "des3-cbc-md5"                },
    {7,                       "des3-cbc-sha1"               },
    {9,                       "dsaWithSHA1-CmsOID"          },
    {10,                      "md5WithRSAEncryption-CmsOID" },
    {11,                      "sha1WithRSAEncryption-CmsOID"},
    {12,                      "rc2CBC-EnvOID"               },
    {13,                      "rsaEncryption-EnvOID"        },
    {14,                      "rsaES-OAEP-ENV-OID"          },
    {15,                      "des-ede3-cbc-Env-OID"        },
    {16,                      "des3-cbc-sha1-kd"            },
    {17,                      "aes128-cts-hmac-sha1-96"     },
    {18,                      "aes256-cts-hmac-sha1-96"     },
    {19,                      "aes128-cts-hmac-sha256-128"  },
    {20,                      "aes256-cts-hmac-sha384-192"  },
    {23,                      "rc4-hmac"                    },
    {24,                      "rc4-hmac-exp"                },
    {25,                      "camellia128-cts-cmac"        },
    {26,                      "camellia256-cts-cmac"        },
    {(uint32_t)INT32_C(-133), "rc4-hmac-old"                },
    {(uint32_t)INT32_C(-135), "rc4-hmac-old-exp"            },
};

static const struct sgs_value_name padata[] = {
    {1,   "PA-TGS-REQ"            },
    {2,   "PA-ENC-TIMESTAMP"      },
    {3,   "PA-PW-SALT"            },
    {11,  "PA-ETYPE-INFO"         },
    {14,  "PA-PK-AS-REQ_OLD"      },
    {15,  "PA-PK-AS-REP_OLD"      },
    {16,  "PA-PK-AS-REQ"          },
    {17,  "PA-PK-AS-REP"          },
    {19,  "PA-ETYPE-INFO2"        },
    {20,  "PA-SVR-REFERRAL-INFO"  },
    {128, "PA-PAC-REQUEST"        },
    {129, "PA-FOR-USER"           },
    {130, "PA-FOR-X509-USER"      },
    {132, "PA-AS-CHECKSUM"        },
    {133, "PA-FX-COOKIE"          },
    {134, "PA-AUTHENTICATION-SET" },
    {136, "PA-FX-FAST"            },
    {137, "PA-FX-ERROR"           },
    {138, "PA-ENCRYPTED-CHALLENGE"},
    {141, "PA-OTP-CHALLENGE"      },
    {142, "PA-OTP-REQUEST"        },
    {144, "PA-OTP-PIN-CHANGE"     },
    {147, "PA-PKINIT-KX"          },
    {149, "PA-REQ-ENC-PA-REP"     },
    {150, "PA-AS-FRESHNESS"       },
    {151, "PA-SPAKE"              },
    {161, "KERB-KEY-LIST-REQ"     },
    {162, "KERB-KEY-LIST-REP"     },
    {165, "PA-SUPPORTED-ETYPES"   },
    {166, "PA-EXTENDED-ERROR"     },
    {167, "PA-PAC-OPTIONS"        },
};

static const struct sgs_value_name errors[] = {
    {0,  "KDC_ERR_NONE"                          },
    {1,  "KDC_ERR_NAME_EXP"                      },
    {2,  "KDC_ERR_SERVICE_EXP"                   },
    {3,  "KDC_ERR_BAD_PVNO"                      },
    {4,  "KDC_ERR_C_OLD_MAST_KVNO"               },
    {5,  "KDC_ERR_S_OLD_MAST_KVNO"               },
    {6,  "KDC_ERR_C_PRINCIPAL_UNKNOWN"           },
    {7,  "KDC_ERR_S_PRINCIPAL_UNKNOWN"           },
    {8,  "KDC_ERR_PRINCIPAL_NOT_UNIQUE"          },
    {9,  "KDC_ERR_NULL_KEY"                      },
    {10, "KDC_ERR_CANNOT_POSTDATE"               },
    {11, "KDC_ERR_NEVER_VALID"                   },
    {12, "KDC_ERR_POLICY"                        },
    {13, "KDC_ERR_BADOPTION"                     },
    {14, "KDC_ERR_ETYPE_NOSUPP"                  },
    {15, "KDC_ERR_SUMTYPE_NOSUPP"                },
    {16, "KDC_ERR_PADATA_TYPE_NOSUPP"            },
    {17, "KDC_ERR_TRTYPE_NOSUPP"                 },
    {18, "KDC_ERR_CLIENT_REVOKED"                },
    {19, "KDC_ERR_SERVICE_REVOKED"               },
    {20, "KDC_ERR_TGT_REVOKED"                   },
    {21, "KDC_ERR_CLIENT_NOTYET"                 },
    {22, "KDC_ERR_SERVICE_NOTYET"                },
    {23, "KDC_ERR_KEY_EXPIRED"                   },
    {24, "KDC_ERR_PREAUTH_FAILED"                },
    {25, "KDC_ERR_PREAUTH_REQUIRED"              },
    {26, "KDC_ERR_SERVER_NOMATCH"                },
    {27, "KDC_ERR_MUST_USE_USER2USER"            },
    {28, "KDC_ERR_PATH_NOT_ACCEPTED"             },
    {29, "KDC_ERR_SVC_UNAVAILABLE"               },
    {31, "KRB_AP_ERR_BAD_INTEGRITY"              },
    {32, "KRB_AP_ERR_TKT_EXPIRED"                },
    {33, "KRB_AP_ERR_TKT_NYV"                    },
    {34, "KRB_AP_ERR_REPEAT"                     },
    {35, "KRB_AP_ERR_NOT_US"                     },
    {36, "KRB_AP_ERR_BADMATCH"                   },
    {37, "KRB_AP_ERR_SKEW"                       },
    {38, "KRB_AP_ERR_BADADDR"                    },
    {39, "KRB_AP_ERR_BADVERSION"                 },
    {40, "KRB_AP_ERR_MSG_TYPE"                   },
    {41, "KRB_AP_ERR_MODIFIED"                   },
    {42, "KRB_AP_ERR_BADORDER"                   },
    {44, "KRB_AP_ERR_BADKEYVER"                  },
    {45, "KRB_AP_ERR_NOKEY"                      },
    {46, "KRB_AP_ERR_MUT_FAIL"                   },
    {47, "KRB_AP_ERR_BADDIRECTION"               },
    {48, "KRB_AP_ERR_METHOD"                     },
    {49, "KRB_AP_ERR_BADSEQ"                     },
    {50, "KRB_AP_ERR_INAPP_CKSUM"                },
    {51, "KRB_AP_PATH_NOT_ACCEPTED"              },
    {52, "KRB_ERR_RESPONSE_TOO_BIG"              },
    {60, "KRB_ERR_GENERIC"                       },
    {61, "KRB_ERR_FIELD_TOOLONG"                 },
    {62, "KDC_ERR_CLIENT_NOT_TRUSTED"            },
    {63, "KDC_ERR_KDC_NOT_TRUSTED"               },
    {64, "KDC_ERR_INVALID_SIG"                   },
    {65, "KDC_ERR_KEY_TOO_WEAK"                  },
    {66, "KDC_ERR_CERTIFICATE_MISMATCH"          },
    {67, "KRB_AP_ERR_NO_TGT"                     },
    {68, "KDC_ERR_WRONG_REALM"                   },
    {69, "KRB_AP_ERR_USER_TO_USER_REQUIRED"      },
    {70, "KDC_ERR_CANT_VERIFY_CERTIFICATE"       },
    {71, "KDC_ERR_INVALID_CERTIFICATE"           },
    {72, "KDC_ERR_REVOKED_CERTIFICATE"           },
    {73, "KDC_ERR_REVOCATION_STATUS_UNKNOWN"     },
    {74, "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE" },
    {75, "KDC_ERR_CLIENT_NAME_MISMATCH"          },
    {76, "KDC_ERR_KDC_NAME_MISMATCH"             },
    {90, "KDC_ERR_PREAUTH_EXPIRED"               }, /* RFC 6113, section 6 */
    {91, "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED"    },
    {92, "KDC_ERR_PREAUTH_BAD_AUTHENTICATION_SET"},
    {93, "KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS" },
};

static const struct sgs_value_name kdc_options[] = {
    {1,  "forwardable"            },
    {2,  "forwarded"              },
    {3,  "proxiable"              },
    {4,  "proxy"                  },
    {5,  "allow-postdate"         },
    {6,  "postdated"              },
    {8,  "renewable"              },
    {11, "opt-hardware-auth"      },
    {14, "cname-in-addl-tkt"      }, /* [MS-SFU], section 2.2.3 */
    {15, "canonicalize"           }, /* RFC 6806, section 3 */
    {16, "request-anonymous"      }, /* RFC 8062, section 4 */
    {26, "disable-transited-check"},
    {27, "renewable-ok"           },
    {28, "enc-tkt-in-skey"        },
    {30, "renew"                  },
    {31, "validate"               },
};

static const struct sgs_value_name ap_options[] = {
    {1, "use-session-key"},
    {2, "mutual-required"},
};

static struct sgs_slice name_of(const struct sgs_value_name *table, size_t n, struct sgs_arena *a,
                                int64_t number)
{
    bool fits = number >= INT32_MIN && number <= INT32_MAX;
    const char *name = fits ? sgs_name_find(table, n, (uint32_t)(int32_t)number) : NULL;

    return name ? sgs_slice_str(name) : sgs_arena_printf(a, "%" PRId64, number);
}

#define NAME_OF(table, a, number) name_of(table, sizeof(table) / sizeof *(table), a, number)

struct sgs_slice sgs_krb_etype(struct sgs_arena *a, int64_t type)
{
    return NAME_OF(etypes, a, type);
}

struct sgs_slice sgs_krb_padata(struct sgs_arena *a, int64_t type)
{
    return NAME_OF(padata, a, type);
}

struct sgs_slice sgs_krb_error(struct sgs_arena *a, int64_t code)
{
    return NAME_OF(errors, a, code);
}

const char *sgs_krb_option(bool is_ap, unsigned bit)
{
    return is_ap ? SGS_NAME_FIND(ap_options, bit) : SGS_NAME_FIND(kdc_options, bit);
}
