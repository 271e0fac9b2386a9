/*
 * SHA-1, for the handshake of WebSocket (RFC 6455) and nothing else: there it
 * proves that the other end speaks WebSocket, and protects nothing. None of
 * the libraries that the daemon links has it, and one more for twenty bytes
 * per connection would be a poor bargain.
 */
#ifndef PROTOCOL_SHA1_H
#define PROTOCOL_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_BYTES 20

void sha1(const void *bytes, size_t n, uint8_t out[SHA1_BYTES]);

#endif
