/** TLS to the acquirer: what is configured, and what is wrong with a certificate in words. There is no plain fallback. */

/** PEM texts, already read. `cert` with `key`: this terminal's own, for mutual authentication. */
export interface TlsSettings {
  /** Certificates of the authorities that may vouch for the host; the system's own are not used. */
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  /** Name that the host's certificate must carry, when not the address connected to. */
  readonly serverName?: string;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

/** By the code of OpenSSL or Node. */
const certificateTrouble: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the host's certificate, or one above it, has expired: check the clock, then ask the acquirer",
  CERT_NOT_YET_VALID: "the host's certificate is not valid yet: check the clock of this machine",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the host's certificate is its own and not in acquirer.tls.caFile",
  SELF_SIGNED_CERT_IN_CHAIN: "the host's certificate ends in an authority that is not in acquirer.tls.caFile",
  UNABLE_TO_GET_ISSUER_CERT: "the host's certificate was issued by an authority that is not in acquirer.tls.caFile",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "the host's certificate was issued by an authority that is not in acquirer.tls.caFile",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the host's certificate was issued by an authority that is not in acquirer.tls.caFile",
  ERR_TLS_CERT_ALTNAME_INVALID: "the host's certificate is for another name: check acquirer.host and tls.serverName",
  ERR_SSL_WRONG_VERSION_NUMBER: 'the host does not speak TLS on this port',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the host speaks no version of TLS from 1.2 on',
};

/** By the alert that the host sent (RFC 8446 section 6), as OpenSSL ends its codes. */
const alerts: Readonly<Record<string, string>> = {
  PROTOCOL_VERSION: 'the host speaks no version of TLS from 1.2 on',
  CERTIFICATE_REQUIRED: 'the host asks for a certificate of this terminal: set acquirer.tls.certFile and keyFile',
  HANDSHAKE_FAILURE: 'the host refused the handshake: it may ask for a certificate of this terminal',
  UNKNOWN_CA: "the host does not accept this terminal's certificate (unknown authority)",
  BAD_CERTIFICATE: "the host does not accept this terminal's certificate",
  CERTIFICATE_EXPIRED: "the host says that this terminal's certificate has expired",
};

/** One English sentence for logs and technicians. */
export function connectionTrouble(error: Error): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const known = certificateTrouble[code] ?? alerts[/ALERT_([A-Z_]+)$/.exec(code)?.[1] ?? ''];
  return known === undefined ? error.message : `${known} (${code})`;
}
