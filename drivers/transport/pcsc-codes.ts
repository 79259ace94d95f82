/**
 * PC/SC return codes (pcsc-lite pcsclite.h, the same numbers as winscard.h) and what each means to a device.
 * Codes of the Windows smart card file system are left out: pcsc-lite never returns them.
 */
import type { DeviceFault } from '../../devices/device.ts';
import type { Fault } from '../../src/core/base/result.ts';

export const pcscSuccess = 0;

/** Those that the reader driver tells apart. */
export const pcscCode = {
  timeout: 0x8010000a,
  commError: 0x80100013,
  notTransacted: 0x80100016,
  noService: 0x8010001d,
  noReadersAvailable: 0x8010002e,
  commDataLost: 0x8010002f,
} as const;

/** A device fault that remembers the code it came from. */
export interface PcscFault extends Fault<DeviceFault['kind']> {
  readonly code: number;
}

/** [code, name, meaning, in words] */
const rows: readonly (readonly [number, string, DeviceFault['kind'], string])[] = [
  [0x80100001, 'SCARD_F_INTERNAL_ERROR', 'protocol', 'an internal consistency check failed'],
  [0x80100002, 'SCARD_E_CANCELLED', 'aborted', 'the action was cancelled'],
  [0x80100003, 'SCARD_E_INVALID_HANDLE', 'notConnected', 'the connection to the service is gone'],
  [0x80100004, 'SCARD_E_INVALID_PARAMETER', 'protocol', 'a parameter is invalid'],
  [0x80100005, 'SCARD_E_INVALID_TARGET', 'protocol', 'the registry is corrupt'],
  [0x80100006, 'SCARD_E_NO_MEMORY', 'protocol', 'not enough memory'],
  [0x80100007, 'SCARD_F_WAITED_TOO_LONG', 'timeout', 'a consistency timer expired'],
  [0x80100008, 'SCARD_E_INSUFFICIENT_BUFFER', 'protocol', 'the answer is longer than a short R-APDU'],
  [0x80100009, 'SCARD_E_UNKNOWN_READER', 'notConnected', 'there is no such reader'],
  [0x8010000a, 'SCARD_E_TIMEOUT', 'timeout', 'the time limit was reached'],
  [0x8010000b, 'SCARD_E_SHARING_VIOLATION', 'busy', 'another program uses the card'],
  [0x8010000c, 'SCARD_E_NO_SMARTCARD', 'notConnected', 'there is no card'],
  [0x8010000d, 'SCARD_E_UNKNOWN_CARD', 'refused', 'the card is not known'],
  [0x8010000e, 'SCARD_E_CANT_DISPOSE', 'protocol', 'the card cannot be let go'],
  [0x8010000f, 'SCARD_E_PROTO_MISMATCH', 'refused', 'the card speaks neither T=0 nor T=1'],
  [0x80100010, 'SCARD_E_NOT_READY', 'notConnected', 'the reader or card is not ready'],
  [0x80100011, 'SCARD_E_INVALID_VALUE', 'protocol', 'a value could not be interpreted'],
  [0x80100012, 'SCARD_E_SYSTEM_CANCELLED', 'aborted', 'the system cancelled the action'],
  [0x80100013, 'SCARD_F_COMM_ERROR', 'protocol', 'internal communication error'],
  [0x80100014, 'SCARD_F_UNKNOWN_ERROR', 'protocol', 'unknown error'],
  [0x80100015, 'SCARD_E_INVALID_ATR', 'refused', 'the ATR is not valid'],
  [0x80100016, 'SCARD_E_NOT_TRANSACTED', 'protocol', 'the card did not answer'],
  [0x80100017, 'SCARD_E_READER_UNAVAILABLE', 'notConnected', 'the reader is not available'],
  [0x80100018, 'SCARD_P_SHUTDOWN', 'notConnected', 'the service is shutting down'],
  [0x80100019, 'SCARD_E_PCI_TOO_SMALL', 'protocol', 'the PCI buffer is too small'],
  [0x8010001a, 'SCARD_E_READER_UNSUPPORTED', 'refused', 'the reader driver is too old'],
  [0x8010001b, 'SCARD_E_DUPLICATE_READER', 'protocol', 'the reader name is not unique'],
  [0x8010001c, 'SCARD_E_CARD_UNSUPPORTED', 'refused', 'the card is too old'],
  [
    0x8010001d,
    'SCARD_E_NO_SERVICE',
    'notConnected',
    'pcscd is not running (apt install pcscd; systemctl start pcscd.socket)',
  ],
  [0x8010001e, 'SCARD_E_SERVICE_STOPPED', 'notConnected', 'pcscd has stopped'],
  [0x8010001f, 'SCARD_E_UNEXPECTED', 'protocol', 'unexpected card error'],
  [0x80100022, 'SCARD_E_UNSUPPORTED_FEATURE', 'refused', 'not supported by the reader'],
  [0x8010002e, 'SCARD_E_NO_READERS_AVAILABLE', 'notConnected', 'no reader is connected'],
  [0x8010002f, 'SCARD_E_COMM_DATA_LOST', 'protocol', 'data was lost on the way'],
  [0x80100031, 'SCARD_E_SERVER_TOO_BUSY', 'busy', 'pcscd is too busy'],
  [0x80100065, 'SCARD_W_UNSUPPORTED_CARD', 'refused', 'the reader cannot talk to this card'],
  [0x80100066, 'SCARD_W_UNRESPONSIVE_CARD', 'protocol', 'the card does not respond to a reset'],
  [0x80100067, 'SCARD_W_UNPOWERED_CARD', 'protocol', 'the card has no power'],
  [0x80100068, 'SCARD_W_RESET_CARD', 'protocol', 'another program has reset the card'],
  [0x80100069, 'SCARD_W_REMOVED_CARD', 'notConnected', 'the card was removed'],
  [0x8010006a, 'SCARD_W_SECURITY_VIOLATION', 'refused', 'not allowed to use pcscd (polkit)'],
];

const table = new Map(rows.map(([code, name, kind, words]) => [code, { name, kind, words }]));

/** Every code but success. Retrying is always safe: a card that is asked again moves no money. */
export function pcscFault(code: number, doing: string): PcscFault {
  const known = table.get(code);
  const name = known?.name ?? `PC/SC code 0x${code.toString(16)}`;
  const detail = `${doing}: ${known?.words ?? 'unexpected answer'} (${name})`;
  return { kind: known?.kind ?? 'protocol', detail, retrySafe: true, code };
}
