/* Link types of files (LINKTYPE_, tcpdump.org/linktypes.html) and of libpcap on this machine
 * (DLT_).  Private to capture/. */
#ifndef SGS_CAPTURE_LINKTYPE_H
#define SGS_CAPTURE_LINKTYPE_H

#include <stdint.h>

#define SGS_LINK_ETHERNET 1
#define SGS_LINK_RAW 101

/* The value that frames carry, of one that stands in a file or comes from pcap_datalink: some
 * writers leave their own system's DLT_ value in files. */
uint32_t sgs_link_of(uint32_t value);

/* The DLT_ value by which libpcap knows a link type. */
int sgs_link_dlt(uint32_t link);

#endif
