/** The `acquirer` section of the configuration: which host, how to reach it, and what protects the link. */
import { isIP } from 'node:net';
import * as z from 'zod';

const text = (most: number): z.ZodString => z.string().trim().min(1).max(most);
/** Relative paths start at the configuration file. */
const file = text(4096);
const host = text(253);
const port = z.int().min(1).max(65_535);

/** An ISO 8583:1987 dialect of config/acquirers or a standard one; `cham inspect iso8583 --dialect list` names them. */
const dialect = text(40).default('iso87-ascii');

/** PEM files. With `tls`, no connection is ever made without it. */
const tls = z
  .strictObject({
    /** Certificates of the authorities that vouch for the host; those of the operating system do not count. */
    caFile: file,
    /** This terminal's certificate and key, where the host wants to see one (mutual TLS); the key for its owner only. */
    certFile: file.optional(),
    keyFile: file.optional(),
    /** Name that the host's certificate must carry, when it is not the address connected to. */
    serverName: host
      .refine((name) => isIP(name) === 0, {
        error:
          'a host name, not an IP address: where the certificate is for an address, leave it out and give that as host',
      })
      .optional(),
    /** The least version; later ones are used where the host has them. */
    minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2'),
  })
  .refine((value) => (value.certFile === undefined) === (value.keyFile === undefined), {
    error: 'certFile and keyFile together, or neither',
  });

/** Files that only their owner can read. */
const keyFiles = {
  /** Hexadecimal, with a check value behind it if there is one; or a TR-31 key block, opened by `protectionKeyFile`. */
  keyFile: file,
  /** Hexadecimal key of the same kind of cipher that opens the key block in `keyFile`. */
  protectionKeyFile: file.optional(),
};
const ksn = (digits: number, what: string): z.ZodString =>
  z.string().regex(new RegExp(`^[0-9A-Fa-f]{${digits}}$`), `${digits} hexadecimal digits, ${what}`);

/** Message authentication codes in DE 64 or 128 of every money message and its reply. */
const mac = z
  .strictObject({
    /** ANSI X9.19 retail MAC (TDES, 16-byte key), or AES-CMAC, leftmost eight bytes. */
    algorithm: z.enum(['x9.19', 'aes-cmac']),
    keys: z.discriminatedUnion('kind', [
      /** A working key that the host hands out after each sign-on, under the key-encryption key of `keyFile`. */
      z.strictObject({ kind: z.literal('session'), ...keyFiles }),
      /** A key for every message (X9.24-1), from the initial key of `keyFile`; its KSN, counter bits zero. */
      z.strictObject({ kind: z.literal('dukpt-tdes'), ...keyFiles, ksn: ksn(20, 'the last 21 bits zero') }),
      /** The same with AES (X9.24-3). */
      z.strictObject({ kind: z.literal('dukpt-aes'), ...keyFiles, ksn: ksn(24, 'the last 8 zero') }),
    ]),
  })
  .refine((value) => value.keys.kind !== 'dukpt-tdes' || value.algorithm === 'x9.19', {
    error: '"x9.19": DUKPT with TDES makes no AES keys',
    path: ['algorithm'],
  });

/** Text elements of ISO 8583:1987 that no request of this terminal carries and hosts use as they like. */
const freeElements = [44, 46, 47, 48, 54, 56, 57, 58, 59, 61, ...Array.from({ length: 16 }, (_, index) => 112 + index)];

export const acquirerSchema = z.discriminatedUnion('kind', [
  /** The built-in training host, started with the terminal on a free loopback port. */
  z.strictObject({ kind: z.literal('training'), dialect }),
  z.strictObject({
    kind: z.literal('host'),
    host,
    port,
    dialect,
    /** Further addresses of the same acquirer, tried in order when the first does not answer. */
    secondary: z.array(z.strictObject({ host, port })).max(4).default([]),
    tls: tls.optional(),
    mac: mac.optional(),
    /** Most money requests under way at once. */
    window: z.int().min(1).max(64).default(8),
    /** Codes that customers show (EMV QRCPS Consumer-Presented Mode); left out, this acquirer takes none. */
    consumerCode: z
      .strictObject({
        /** DE 22: how the PAN was entered, two digits (03 with many hosts), and whether PINs can be, one digit. */
        entryMode: z.string().regex(/^\d{3}$/, 'three digits'),
      })
      .optional(),
    /** What tells this host that a card payment was taken off-line and is asked for late; nothing when left out. */
    deferredMarker: z
      .strictObject({
        element: z.int().refine((element) => freeElements.includes(element), `one of ${freeElements.join(', ')}`),
        value: text(40),
      })
      .optional(),
  }),
]);

export type AcquirerConfig = z.infer<typeof acquirerSchema>;
