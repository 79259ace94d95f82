/**
 * What the terminal says in bits: TVR, TSI, terminal type and capabilities, TTQ and the readers' own capabilities.
 * The words are those of the Books; each table cites its section.
 */
import { bit, type BitField } from './bit-field.ts';

export const tvr: BitField = {
  spec: 'EMV 4.4 Book 3 Annex C5',
  bytes: 5,
  rows: [
    bit(1, 8, 'Offline data authentication was not performed'),
    bit(1, 7, 'Static Data Authentication (SDA) failed'),
    bit(1, 6, 'Integrated circuit card (ICC) data missing'),
    bit(1, 5, 'Card appears on terminal exception file'),
    bit(1, 4, 'Dynamic Data Authentication (DDA) failed'),
    bit(1, 3, 'Combined DDA/Application Cryptogram Generation (CDA) failed'),
    bit(1, 2, 'Static Data Authentication (SDA) selected'),
    bit(1, 1, 'Extended Data Authentication (XDA) selected'),
    bit(2, 8, 'ICC and terminal have different application versions'),
    bit(2, 7, 'Expired application'),
    bit(2, 6, 'Application not yet effective'),
    bit(2, 5, 'Requested service not allowed for card product'),
    bit(2, 4, 'New card'),
    bit(2, 2, 'Biometric performed and successful'),
    bit(2, 1, 'Biometric template format not supported'),
    bit(3, 8, 'Cardholder verification was not successful'),
    bit(3, 7, 'Unrecognised CVM'),
    bit(3, 6, 'PIN Try Limit exceeded'),
    bit(3, 5, 'PIN entry required and PIN pad not present or not working'),
    bit(3, 4, 'PIN entry required, PIN pad present, but PIN was not entered'),
    bit(3, 3, 'Online CVM captured'),
    bit(3, 2, 'Biometric required but Biometric capture device not working'),
    bit(3, 1, 'Biometric required, Biometric capture device present, but Biometric Subtype entry was bypassed'),
    bit(4, 8, 'Transaction exceeds floor limit'),
    bit(4, 7, 'Lower consecutive offline limit exceeded'),
    bit(4, 6, 'Upper consecutive offline limit exceeded'),
    bit(4, 5, 'Transaction selected randomly for online processing'),
    bit(4, 4, 'Merchant forced transaction online'),
    bit(4, 3, 'Biometric Try Limit exceeded'),
    bit(4, 2, 'A selected Biometric Type not supported'),
    bit(4, 1, 'XDA signature verification failed'),
    bit(5, 8, 'Default TDOL used'),
    bit(5, 7, 'Issuer authentication failed'),
    bit(5, 6, 'Script processing failed before final GENERATE AC'),
    bit(5, 5, 'Script processing failed after final GENERATE AC'),
    // Annex C5 reserves the next four for EMV Contactless, or uses two of them since 4.4. Book C-2 Annex A.1 has
    // bit 4 and bits 2-1 for relay resistance; one value cannot tell which Book wrote it.
    bit(5, 4, 'Reserved for use by the EMV Contactless Specifications (C-2: relay resistance threshold exceeded)'),
    bit(5, 3, 'CA ECC key missing (C-2: relay resistance time limits exceeded)'),
    bit(5, 2, 'ECC key recovery failed (C-2: relay resistance performed, with bit 1)'),
    bit(5, 1, 'Reserved for use by the EMV Contactless Specifications (C-2: relay resistance not performed)'),
  ],
};

export const tsi: BitField = {
  spec: 'EMV 4.4 Book 3 Annex C6',
  bytes: 2,
  rows: [
    bit(1, 8, 'Offline data authentication was performed'),
    bit(1, 7, 'Cardholder verification was performed'),
    bit(1, 6, 'Card risk management was performed'),
    bit(1, 5, 'Issuer authentication was performed'),
    bit(1, 4, 'Terminal risk management was performed'),
    bit(1, 3, 'Script processing was performed'),
  ],
};

export const terminalType: BitField = {
  spec: 'EMV 4.4 Book 4 Annex A1',
  bytes: 1,
  rows: [
    [1, 0xf0, 0x10, 'Operational Control: Financial Institution'],
    [1, 0xf0, 0x20, 'Operational Control: Merchant'],
    [1, 0xf0, 0x30, 'Operational Control: Cardholder'],
    [1, 0x0f, 0x01, 'Environment: Attended, online only'],
    [1, 0x0f, 0x02, 'Environment: Attended, offline with online capability'],
    [1, 0x0f, 0x03, 'Environment: Attended, offline only'],
    [1, 0x0f, 0x04, 'Environment: Unattended, online only'],
    [1, 0x0f, 0x05, 'Environment: Unattended, offline with online capability'],
    [1, 0x0f, 0x06, 'Environment: Unattended, offline only'],
    ...[0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map(
      (v) => [1, 0xf0, v << 4, 'Operational Control: Unknown'] as const,
    ),
    ...[0, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((v) => [1, 0x0f, v, 'Environment: Unknown'] as const),
  ],
};

export const terminalCapabilities: BitField = {
  spec: 'EMV 4.4 Book 4 Annex A2',
  bytes: 3,
  rows: [
    bit(1, 8, 'Card Data Input Capability: Manual key entry'),
    bit(1, 7, 'Card Data Input Capability: Magnetic stripe'),
    bit(1, 6, 'Card Data Input Capability: IC with contacts'),
    bit(2, 8, 'CVM Capability: Plaintext PIN for ICC verification'),
    bit(2, 7, 'CVM Capability: Enciphered PIN for online verification'),
    bit(2, 6, 'CVM Capability: Signature'),
    bit(2, 5, 'CVM Capability: Enciphered PIN for offline verification (RSA ODE)'),
    bit(2, 4, 'CVM Capability: No CVM required'),
    bit(2, 3, 'CVM Capability: Online Biometric'),
    bit(2, 2, 'CVM Capability: Offline Biometric'),
    bit(2, 1, 'CVM Capability: Enciphered PIN for offline verification (ECC ODE)'),
    bit(3, 8, 'Security Capability: Static Data Authentication (SDA)'),
    bit(3, 7, 'Security Capability: Dynamic Data Authentication (DDA)'),
    bit(3, 6, 'Security Capability: Card capture'),
    bit(3, 4, 'Security Capability: Combined DDA/Application Cryptogram Generation (CDA)'),
    bit(3, 3, 'Security Capability: Extended Data Authentication (XDA)'),
  ],
};

export const additionalTerminalCapabilities: BitField = {
  spec: 'EMV 4.4 Book 4 Annex A3',
  bytes: 5,
  rows: [
    bit(1, 8, 'Transaction Type Capability: Cash'),
    bit(1, 7, 'Transaction Type Capability: Goods'),
    bit(1, 6, 'Transaction Type Capability: Services'),
    bit(1, 5, 'Transaction Type Capability: Cashback'),
    bit(1, 4, 'Transaction Type Capability: Inquiry'),
    bit(1, 3, 'Transaction Type Capability: Transfer'),
    bit(1, 2, 'Transaction Type Capability: Payment'),
    bit(1, 1, 'Transaction Type Capability: Administrative'),
    bit(2, 8, 'Transaction Type Capability: Cash deposit'),
    bit(3, 8, 'Terminal Data Input Capability: Numeric keys'),
    bit(3, 7, 'Terminal Data Input Capability: Alphabetic and special characters keys'),
    bit(3, 6, 'Terminal Data Input Capability: Command keys'),
    bit(3, 5, 'Terminal Data Input Capability: Function keys'),
    bit(4, 8, 'Terminal Data Output Capability: Print or electronic, attendant'),
    bit(4, 7, 'Terminal Data Output Capability: Print or electronic, cardholder'),
    bit(4, 6, 'Terminal Data Output Capability: Display, attendant'),
    bit(4, 5, 'Terminal Data Output Capability: Display, cardholder'),
    bit(4, 2, 'Terminal Data Output Capability: Code table 10'),
    bit(4, 1, 'Terminal Data Output Capability: Code table 9'),
    bit(5, 8, 'Terminal Data Output Capability: Code table 8'),
    bit(5, 7, 'Terminal Data Output Capability: Code table 7'),
    bit(5, 6, 'Terminal Data Output Capability: Code table 6'),
    bit(5, 5, 'Terminal Data Output Capability: Code table 5'),
    bit(5, 4, 'Terminal Data Output Capability: Code table 4'),
    bit(5, 3, 'Terminal Data Output Capability: Code table 3'),
    bit(5, 2, 'Terminal Data Output Capability: Code table 2'),
    bit(5, 1, 'Terminal Data Output Capability: Code table 1'),
  ],
};

export const terminalTransactionQualifiers: BitField = {
  spec: 'EMV Contactless Book A §5.7 Table 5-4',
  bytes: 4,
  rows: [
    bit(1, 8, 'Mag-stripe mode supported'),
    bit(1, 6, 'EMV mode supported'),
    bit(1, 5, 'EMV contact chip supported'),
    [1, 0x08, 0x00, 'Online capable reader'],
    bit(1, 4, 'Offline-only reader'),
    bit(1, 3, 'Online PIN supported'),
    bit(1, 2, 'Signature supported'),
    bit(1, 1, 'Offline Data Authentication for Online Authorizations supported'),
    bit(2, 8, 'Online cryptogram required'),
    bit(2, 7, 'CVM required'),
    bit(2, 6, '(Contact Chip) Offline PIN supported'),
    // RFU in Book A; Book C-7 uses this bit and two of byte 3.
    bit(2, 4, 'Fast Mode supported (C-7)'),
    bit(3, 8, 'Issuer Update Processing supported'),
    bit(3, 7, 'Consumer Device CVM supported'),
    bit(3, 6, 'Consumer Device CVM for transit MCC supported (C-7)'),
    bit(3, 4, 'Consumer Device CVM required (C-7)'),
  ],
};

/** Mobile Support Indicator, tag 9F7E. */
export const mobileSupportIndicator: BitField = {
  spec: 'EMV Contactless Book C-2 Annex A.1',
  bytes: 1,
  rows: [bit(1, 2, 'OD-CVM required'), bit(1, 1, 'Mobile supported')],
};

/** Terminal Risk Management Data, tag 9F1D, bytes 1 and 2 of Book C-2; the rest is RFU there. */
export const terminalRiskManagementData: BitField = {
  spec: 'EMV Contactless Book C-2 Annex A.1',
  bytes: 8,
  rows: [
    bit(1, 8, 'Restart supported'),
    bit(1, 7, 'Enciphered PIN verified online (Contactless)'),
    bit(1, 6, 'Signature (paper) (Contactless)'),
    bit(1, 5, 'Enciphered PIN verification performed by ICC (Contactless)'),
    bit(1, 4, 'No CVM required (Contactless)'),
    bit(1, 3, 'CDCVM (Contactless)'),
    bit(1, 2, 'Plaintext PIN verification performed by ICC (Contactless)'),
    bit(1, 1, 'Present and Hold supported'),
    bit(2, 8, 'CVM Limit exceeded'),
    bit(2, 7, 'Enciphered PIN verified online (Contact)'),
    bit(2, 6, 'Signature (paper) (Contact)'),
    bit(2, 5, 'Enciphered PIN verification performed by ICC (Contact)'),
    bit(2, 4, 'No CVM required (Contact)'),
    bit(2, 3, 'CDCVM (Contact)'),
    bit(2, 2, 'Plaintext PIN verification performed by ICC (Contact)'),
    bit(3, 8, 'Mag-stripe mode contactless transactions not supported'),
    bit(3, 7, 'EMV mode contactless transactions not supported'),
    bit(3, 6, 'CDCVM without CDA supported'),
  ],
};

/** Biometric Terminal Capabilities, tag 9F30. */
export const biometricCapabilities: BitField = {
  spec: 'EMV 4.4 Book 4 Annex A7',
  bytes: 3,
  rows: [
    bit(1, 8, 'Facial biometric for offline verification'),
    bit(1, 7, 'Finger biometric for offline verification'),
    bit(1, 6, 'Iris biometric for offline verification'),
    bit(1, 5, 'Palm biometric for offline verification'),
    bit(1, 4, 'Voice biometric for offline verification'),
    bit(2, 8, 'Facial biometric for online verification'),
    bit(2, 7, 'Finger biometric for online verification'),
    bit(2, 6, 'Iris biometric for online verification'),
    bit(2, 5, 'Palm biometric for online verification'),
    bit(2, 4, 'Voice biometric for online verification'),
  ],
};

/** American Express: what a C-4 reader says of itself, tag 9F6D. */
export const contactlessReaderCapabilities: BitField = {
  spec: 'EMV Contactless Book C-4 §4.3.3 Table 4-2',
  bytes: 1,
  rows: [
    [1, 0xc8, 0x00, 'Deprecated'],
    [1, 0xc8, 0x08, 'Not Available for Use'],
    [1, 0xc8, 0x40, 'Contactless Mag-stripe CVM Not Required'],
    [1, 0xc8, 0x48, 'Contactless Mag-stripe CVM Required'],
    [1, 0xc8, 0x80, 'Deprecated - Contactless EMV and Mag-stripe'],
    [1, 0xc8, 0x88, 'Not Available for Use'],
    [1, 0xc8, 0xc0, 'Contactless EMV and Mag-stripe CVM Not Required'],
    [1, 0xc8, 0xc8, 'Contactless EMV and Mag-stripe CVM Required'],
  ],
};

/** American Express: tag 9F6E of a C-4 reader. */
export const enhancedReaderCapabilities: BitField = {
  spec: 'EMV Contactless Book C-4 §4.3.4 Table 4-4',
  bytes: 4,
  rows: [
    bit(1, 8, 'Contact mode supported'),
    bit(1, 7, 'Contactless Mag-Stripe Mode supported'),
    bit(1, 6, 'Contactless EMV full online mode supported'),
    bit(1, 5, 'Contactless EMV partial online mode supported'),
    bit(1, 4, 'Contactless Mobile Supported'),
    bit(1, 3, 'Try Another Interface after a decline'),
    bit(2, 8, 'Mobile CVM supported'),
    bit(2, 7, 'Online PIN supported'),
    bit(2, 6, 'Signature supported'),
    bit(2, 5, 'Plaintext Offline PIN supported'),
    bit(3, 8, 'Reader is offline only'),
    bit(3, 7, 'CVM Required'),
    bit(4, 8, 'Terminal exempt from No CVM checks'),
    bit(4, 7, 'Delayed Authorisation Terminal'),
    bit(4, 6, 'Transit Terminal'),
    [4, 0x07, 0x01, 'C-4 kernel version 2.2 - 2.3'],
    [4, 0x07, 0x02, 'C-4 kernel version 2.4 - 2.6'],
    [4, 0x07, 0x03, 'C-4 kernel version 2.7 or later'],
    ...[0, 4, 5, 6, 7].map((v) => [4, 0x07, v, 'C-4 kernel version unknown'] as const),
  ],
};
