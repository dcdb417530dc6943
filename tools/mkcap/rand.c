/*
 * A provider with one generator, "mkcap", in the place of OpenSSL's own (provider-rand(7)).  Keys,
 * nonces and hellos come out of a scenario's seed, so they protect nothing: only captures are made
 * with them.
 */
#include "rand.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

static struct mk_rng *source;
static OSSL_PROVIDER *provider, *standard;

static void *gen_new(void *provctx, void *parent, const OSSL_DISPATCH *calls)
{
    return source;
}

static void gen_free(void *gen)
{
}

static int gen_instantiate(void *gen, unsigned strength, int resist, const unsigned char *personal,
                           size_t len, const OSSL_PARAM *params)
{
    return 1;
}

static int gen_uninstantiate(void *gen)
{
    return 1;
}

static int gen_generate(void *gen, unsigned char *out, size_t n, unsigned strength, int resist,
                        const unsigned char *more, size_t len)
{
    mk_rng_fill(source, out, n);
    return 1;
}

static int gen_enable_locking(void *gen)
{
    return 1;
}

static const OSSL_PARAM *gen_gettable(void *gen, void *provctx)
{
    static const OSSL_PARAM known[] = {OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, NULL),
                                       OSSL_PARAM_END};

    return known;
}

static int gen_get_params(void *gen, OSSL_PARAM params[])
{
    OSSL_PARAM *p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE);

    if (p && !OSSL_PARAM_set_int(p, EVP_RAND_STATE_READY)) {
        return 0;
    }
    p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH);
    if (p && !OSSL_PARAM_set_int(p, 256)) {
        return 0;
    }
    p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST);
    return !p || OSSL_PARAM_set_size_t(p, INT32_MAX);
}

static const OSSL_DISPATCH functions[] = {
    {OSSL_FUNC_RAND_NEWCTX,              (void (*)(void))gen_new           },
    {OSSL_FUNC_RAND_FREECTX,             (void (*)(void))gen_free          },
    {OSSL_FUNC_RAND_INSTANTIATE,         (void (*)(void))gen_instantiate   },
    {OSSL_FUNC_RAND_UNINSTANTIATE,       (void (*)(void))gen_uninstantiate },
    {OSSL_FUNC_RAND_GENERATE,            (void (*)(void))gen_generate      },
    {OSSL_FUNC_RAND_ENABLE_LOCKING,      (void (*)(void))gen_enable_locking},
    {OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, (void (*)(void))gen_gettable      },
    {OSSL_FUNC_RAND_GET_CTX_PARAMS,      (void (*)(void))gen_get_params    },
    {0,                                  NULL                              },
};

static const OSSL_ALGORITHM *query(void *provctx, int operation, int *no_cache)
{
    static const OSSL_ALGORITHM generators[] = {
        {"mkcap", "provider=mkcap", functions, NULL},
        {NULL,    NULL,             NULL,      NULL},
    };

    *no_cache = 0;
    return operation == OSSL_OP_RAND ? generators : NULL;
}

static int start(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
                 void **provctx)
{
    static const OSSL_DISPATCH table[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
        {0,                                  NULL                 },
    };

    *provctx = source;
    *out = table;
    return 1;
}

void mk_rand_start(struct mk_rng *r)
{
    source = r;
    if (!OSSL_PROVIDER_add_builtin(NULL, "mkcap", start) ||
        !RAND_set_DRBG_type(NULL, "mkcap", "provider=mkcap", NULL, NULL) ||
        !(standard = OSSL_PROVIDER_load(NULL, "default")) ||
        !(provider = OSSL_PROVIDER_load(NULL, "mkcap"))) {
        mk_fail("OpenSSL does not take the generator");
    }
}

void mk_rand_stop(void)
{
    OSSL_PROVIDER_unload(provider);
    OSSL_PROVIDER_unload(standard);
}
