/*
 * What a file is that is no capture, told from its first octets: signatures first, then what text
 * looks like.  Where a tool makes a capture of it, the answer names the command.
 */
#include "capture/identify.h"

#include <stdbool.h>
#include <stdio.h>

#include <signscope/reader.h>

#include "capture/source.h"

#define BY_EDITCAP "; convert it with: editcap in out.pcapng"
#define UNPACK_IT "; unpack it first"

/* Octets at a fixed place. */
static const struct signature {
    size_t offset;
    struct sgs_slice octets;
    const char *what;
} signatures[] = {
#define AT(offset, octets, what)                                                                   \
    {                                                                                              \
        (offset), {(const uint8_t *)(octets), sizeof(octets) - 1}, (what)                          \
    }
    AT(0, "GMBU", "a Microsoft Network Monitor 2 capture" BY_EDITCAP),
    AT(0, "RTSS", "a Microsoft Network Monitor 1 capture" BY_EDITCAP),
    AT(0, "snoop\0\0\0", "a snoop capture" BY_EDITCAP),
    AT(0, "btsnoop\0", "a Bluetooth capture (btsnoop)"),
    AT(0, "XCP\0", "a NetXRay or Windows Sniffer capture" BY_EDITCAP),
    AT(0, "TRSNIFF data    \x1a", "a DOS Sniffer capture" BY_EDITCAP),
    AT(0, "\x7fver", "an EtherPeek capture" BY_EDITCAP),
    AT(0, "PK\x03\x04", "a zip archive" UNPACK_IT),
    AT(0, "PK\x05\x06", "an empty zip archive"),
    AT(0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive" UNPACK_IT),
    AT(0, "Rar!\x1a\x07", "a RAR archive" UNPACK_IT),
    AT(0, "MSCF\0\0\0\0", "a Windows cabinet" UNPACK_IT ", then convert the .etl in it"),
    AT(0,
       "\xfd"
       "7zXZ\0",
       "compressed by xz" UNPACK_IT),
    AT(0, "BZh", "compressed by bzip2" UNPACK_IT),
    AT(0, "\x04\x22\x4d\x18", "compressed by lz4" UNPACK_IT),
    AT(257, "ustar", "a tar archive" UNPACK_IT),
    AT(0, "ElfFile\0", "a Windows event log (EVTX)"),
    AT(0, "%PDF-", "a PDF document"),
    AT(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document"),
    AT(0, "SQLite format 3\0", "an SQLite database"),
    AT(0, "\x89PNG", "a PNG image"),
    AT(0, "\xff\xd8\xff", "a JPEG image"),
    AT(0, "GIF8", "a GIF image"),
    AT(0,
       "\x7f"
       "ELF",
       "a program (ELF)"),
    AT(0, "MZ", "a Windows program"),
#undef AT
};

/* How texts begin, without regard to case, behind blanks. */
static const struct signature beginnings[] = {
#define TEXT(octets, what)                                                                         \
    {                                                                                              \
        0, {(const uint8_t *)(octets), sizeof(octets) - 1}, (what)                                 \
    }
    TEXT("-----BEGIN CERTIFICATE", "a PEM certificate; certificates are given with --ca"),
    TEXT("-----BEGIN ", "a PEM file; keys are given with -k"),
    TEXT("# SSL/TLS secrets log", "a TLS key log; give it with -k"),
    TEXT("CLIENT_RANDOM ", "a TLS key log; give it with -k"),
    TEXT("CLIENT_HANDSHAKE_TRAFFIC_SECRET ", "a TLS key log; give it with -k"),
    TEXT("SERVER_HANDSHAKE_TRAFFIC_SECRET ", "a TLS key log; give it with -k"),
    TEXT("CLIENT_TRAFFIC_SECRET_0 ", "a TLS key log; give it with -k"),
    TEXT("SERVER_TRAFFIC_SECRET_0 ", "a TLS key log; give it with -k"),
    TEXT("CLIENT_EARLY_TRAFFIC_SECRET ", "a TLS key log; give it with -k"),
    TEXT("EXPORTER_SECRET ", "a TLS key log; give it with -k"),
    TEXT("RSA Session-ID:", "a TLS key log; give it with -k"),
    TEXT("<!doctype html", "an HTML page, perhaps of a failed download"),
    TEXT("<html", "an HTML page, perhaps of a failed download"),
    TEXT("<head", "an HTML page, perhaps of a failed download"),
    TEXT("<?xml", "an XML document"),
    TEXT("<", "an XML document"),
    TEXT("{", "a JSON document"),
    TEXT("[", "a JSON document"),
    TEXT("#!", "a script"),
#undef TEXT
};

/*
 * Event traces of Windows begin with a buffer header of 72 octets, whose first number is the size
 * of a buffer (a multiple of 1024), and with a system record: its fourth octet is the flag 0xc0,
 * its third the type of a 32 or 64 bit header.
 */
static bool is_event_trace(struct sgs_slice head)
{
    struct sgs_reader r = rd_open(head);
    uint32_t size = rd_le32(&r);

    rd_skip(&r, 70);
    uint8_t type = rd_u8(&r);
    uint8_t flags = rd_u8(&r);
    return rd_ok(&r) && size >= 1024 && size <= 16 * 1024 * 1024 && size % 1024 == 0 &&
           (type == 1 || type == 2) && flags == 0xc0;
}

static bool is_control(uint8_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b) || c == 0x7f;
}

static bool is_text(struct sgs_slice head)
{
    struct sgs_reader r = rd_open(head);

    while (rd_more(&r)) {
        if (is_control(rd_u8(&r))) {
            return false;
        }
    }
    return true;
}

static bool is_utf16(struct sgs_slice head)
{
    return sgs_slice_starts(head, SGS_LIT("\xff\xfe")) ||
           sgs_slice_starts(head, SGS_LIT("\xfe\xff"));
}

static const char *text_kind(struct sgs_slice head)
{
    struct sgs_slice text =
        sgs_slice_starts(head, SGS_LIT("\xef\xbb\xbf")) ? sgs_slice_from(head, 3) : head;

    text = sgs_slice_trim(text);
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (sgs_slice_istarts(text, beginnings[i].octets)) {
            return beginnings[i].what;
        }
    }
    return "plain text";
}

static const char *kind(struct sgs_slice head)
{
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const struct signature *s = &signatures[i];
        if (sgs_slice_eq(rd_at(head, s->offset, s->octets.len), s->octets)) {
            return s->what;
        }
    }
    if (is_event_trace(head)) {
        return "a Windows event trace (ETL, as netsh trace writes it); convert it with: "
               "etl2pcapng in.etl out.pcapng";
    }
    if (is_utf16(head)) {
        return "UTF-16 text";
    }
    return is_text(head) ? text_kind(head) : "data of an unknown kind";
}

void sgs_identify(struct sgs_slice head, const char *packing, char *why)
{
    head = sgs_slice_head(head, SGS_IDENTIFY_LEN);
    (void)snprintf(why, SGS_WHY_LEN, "is no capture but %s%s%s", packing ? packing : "",
                   packing ? " of " : "", head.len ? kind(head) : "nothing");
}
