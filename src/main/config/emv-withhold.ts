/**
 * Takes PIN claims back where there is no PIN pad, or no acquirer for an online PIN: a card that is told of them would
 * ask for what cannot be done. Terminal Capabilities (EMV 4.4 Book 4 Annex A2), TTQ (Book A §5.7), Book C-2 Annex A.
 */
import { hex, toHex } from '../../core/base/bytes.ts';
import type { ContactlessSettings, Kernel2Settings, TerminalEmvData } from '../../core/emv/configuration.ts';

export interface PinShortage {
  readonly withoutPinPad?: boolean;
  readonly withoutOnlinePin?: boolean;
}

/** Byte 2 of Terminal Capabilities: plaintext (80) and enciphered (10) offline PIN, online PIN (40). */
const offlinePin = 0x90;
const onlinePin = 0x40;

export function withholdPin(emv: TerminalEmvData, { withoutPinPad, withoutOnlinePin }: PinShortage): TerminalEmvData {
  const online = withoutPinPad === true || withoutOnlinePin === true ? onlinePin : 0;
  const methods = online | (withoutPinPad === true ? offlinePin : 0);
  if (methods === 0) return emv;
  return {
    ...emv,
    terminalCapabilities: clear(emv.terminalCapabilities, 2, methods),
    applications: emv.applications.map((one) =>
      one.contactless === undefined ? one : { ...one, contactless: withheld(one.contactless, online, methods) },
    ),
  };
}

function withheld(settings: ContactlessSettings, online: number, methods: number): ContactlessSettings {
  const { terminalTransactionQualifiers: ttq, kernel2 } = settings;
  // Byte 1 bit 3: online PIN. Byte 2 bit 6: offline PIN when the card is inserted instead.
  const qualifiers = clear(clear(ttq, 1, online === 0 ? 0 : 0x04), 2, (methods & offlinePin) === 0 ? 0 : 0x20);
  return {
    ...settings,
    terminalTransactionQualifiers: qualifiers,
    ...(kernel2 === undefined ? {} : { kernel2: withheldCvm(kernel2, methods) }),
  };
}

function withheldCvm(settings: Kernel2Settings, methods: number): Kernel2Settings {
  return {
    ...settings,
    cvmCapabilityRequired: clear(settings.cvmCapabilityRequired, 1, methods),
    cvmCapabilityNotRequired: clear(settings.cvmCapabilityNotRequired, 1, methods),
  };
}

function clear(value: string, byte: number, mask: number): string {
  return toHex(hex(value).map((each, index) => (index === byte - 1 ? each & ~mask : each)));
}
