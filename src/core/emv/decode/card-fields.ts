/**
 * What the card says in bits: AIP, AUC, CTQ, CID and the capabilities that contactless cards tell. The words are
 * those of the Books; each table cites its section.
 */
import { bit, type BitField } from './bit-field.ts';

export const applicationInterchangeProfile: BitField = {
  spec: 'EMV 4.4 Book 3 Annex C1; byte 2: EMV Contactless Book C-2 Annex A.1.16',
  bytes: 2,
  rows: [
    bit(1, 8, 'Extended Data Authentication (XDA) is supported'),
    bit(1, 7, 'Static Data Authentication (SDA) is supported'),
    bit(1, 6, 'Dynamic Data Authentication (DDA) is supported'),
    bit(1, 5, 'Cardholder verification is supported'),
    bit(1, 4, 'Terminal risk management is to be performed'),
    bit(1, 3, 'Issuer authentication is supported'),
    bit(1, 2, 'On device cardholder verification is supported'),
    bit(1, 1, 'Combined DDA/Application Cryptogram Generation (CDA) is supported'),
    bit(2, 8, 'Contactless EMV mode is supported'),
    // Books C-4 and C-7; RFU for the other kernels.
    bit(2, 7, 'Mobile phone'),
    bit(2, 6, 'Contactless transaction'),
    bit(2, 1, 'Relay Resistance Protocol (RRP) is supported'),
  ],
};

export const applicationUsageControl: BitField = {
  spec: 'EMV 4.4 Book 3 Annex C2',
  bytes: 2,
  rows: [
    bit(1, 8, 'Valid for domestic cash transactions'),
    bit(1, 7, 'Valid for international cash transactions'),
    bit(1, 6, 'Valid for domestic goods'),
    bit(1, 5, 'Valid for international goods'),
    bit(1, 4, 'Valid for domestic services'),
    bit(1, 3, 'Valid for international services'),
    bit(1, 2, 'Valid at ATMs'),
    bit(1, 1, 'Valid at terminals other than ATMs'),
    bit(2, 8, 'Domestic cashback allowed'),
    bit(2, 7, 'International cashback allowed'),
  ],
};

export const cryptogramInformationData: BitField = {
  spec: 'EMV 4.4 Book 3 §6.5.5.4 Table 15',
  bytes: 1,
  rows: [
    [1, 0xc0, 0x00, 'Application Cryptogram (AC) type: Application Authentication Cryptogram (AAC)'],
    [1, 0xc0, 0x40, 'Application Cryptogram (AC) type: Transaction Certificate (TC)'],
    [1, 0xc0, 0x80, 'Application Cryptogram (AC) type: Authorisation Request Cryptogram (ARQC)'],
    [1, 0xc0, 0xc0, 'Application Cryptogram (AC) type: RFU'],
    [1, 0x30, 0x10, 'Payment System-specific cryptogram: 0x10'],
    [1, 0x30, 0x20, 'Payment System-specific cryptogram: 0x20'],
    [1, 0x30, 0x30, 'Payment System-specific cryptogram: 0x30'],
    [1, 0x08, 0x08, 'Advice required'],
    [1, 0x0f, 0x01, 'No advice required'],
    [1, 0x0f, 0x02, 'No advice required'],
    [1, 0x0f, 0x03, 'No advice required'],
    [1, 0x07, 0x01, 'Advice: Service not allowed'],
    [1, 0x07, 0x02, 'Advice: PIN Try Limit exceeded'],
    [1, 0x07, 0x03, 'Advice: Issuer authentication failed'],
    [1, 0x07, 0x04, 'Advice: RFU'],
    [1, 0x07, 0x05, 'Advice: RFU'],
    [1, 0x07, 0x06, 'Advice: RFU'],
    [1, 0x07, 0x07, 'Advice: RFU'],
  ],
};

export const cardTransactionQualifiers: BitField = {
  spec: 'EMV Contactless Book C-3 Annex A.2',
  bytes: 2,
  rows: [
    bit(1, 8, 'Online PIN Required'),
    bit(1, 7, 'Signature Required'),
    bit(1, 6, 'Go Online if Offline Data Authentication Fails and Reader is online capable'),
    bit(1, 5, 'Switch Interface if Offline Data Authentication fails and Reader supports contact chip'),
    bit(1, 4, 'Go Online if Application Expired'),
    bit(1, 3, 'Switch Interface for Cash Transactions'),
    bit(1, 2, 'Switch Interface for Cashback Transactions'),
    bit(2, 8, 'Consumer Device CVM Performed'),
    bit(2, 7, 'Card supports Issuer Update Processing at the POS'),
  ],
};

export const formFactorIndicator: BitField = {
  spec: 'EMV Contactless Book C-3 Annex A.2',
  bytes: 4,
  rows: [
    [1, 0xe0, 0x20, 'Version Number 1'],
    [1, 0x1f, 0x00, 'Consumer Payment Device Form Factor: Card'],
    [1, 0x1f, 0x01, 'Consumer Payment Device Form Factor: Mini-card'],
    [1, 0x1f, 0x02, 'Consumer Payment Device Form Factor: Non-card'],
    [1, 0x1f, 0x03, 'Consumer Payment Device Form Factor: Consumer mobile phone'],
    [1, 0x1f, 0x04, 'Consumer Payment Device Form Factor: Wrist-worn device'],
    bit(2, 8, 'Consumer Payment Device Features: Passcode Capable'),
    bit(2, 7, 'Consumer Payment Device Features: Signature Panel'),
    bit(2, 6, 'Consumer Payment Device Features: Hologram'),
    bit(2, 5, 'Consumer Payment Device Features: CVV2'),
    bit(2, 4, 'Consumer Payment Device Features: Two-way Messaging'),
    bit(2, 3, 'Consumer Payment Device Features: Cloud Based Payment Credentials'),
    bit(2, 2, 'Consumer Payment Device Features: Biometric Cardholder Verification Capable'),
    [4, 0x0f, 0x00, 'Payment Transaction Technology: Proximity Contactless interface using ISO 14443 (including NFC)'],
  ],
};

/** Application Capabilities Information, tag 9F5D of three bytes. */
export const applicationCapabilities: BitField = {
  spec: 'EMV Contactless Book C-2 Annex A.1.9',
  bytes: 3,
  rows: [
    [1, 0xf0, 0x00, 'Application Capabilities Information: Version 0'],
    [1, 0x0f, 0x00, 'Application Capabilities Information: Data Storage not supported'],
    [1, 0x0f, 0x01, 'Application Capabilities Information: Data Storage Version 1'],
    [1, 0x0f, 0x02, 'Application Capabilities Information: Data Storage Version 2'],
    [2, 0x04, 0x00, 'Application Capabilities Information: Field off detection not supported'],
    [2, 0x04, 0x04, 'Application Capabilities Information: Field off detection supported'],
    [2, 0x02, 0x02, 'Application Capabilities Information: Balance reading supported'],
    [2, 0x01, 0x00, 'Application Capabilities Information: CDA supported as in EMV'],
    [2, 0x01, 0x01, 'Application Capabilities Information: CDA supported over TC, ARQC and AAC'],
    [3, 0xff, 0x00, 'Standalone Data Storage (SDS) Scheme: Undefined SDS configuration'],
    [3, 0xff, 0x01, 'Standalone Data Storage (SDS) Scheme: All 10 tags 32 bytes'],
    [3, 0xff, 0x02, 'Standalone Data Storage (SDS) Scheme: All 10 tags 48 bytes'],
    [3, 0xff, 0x03, 'Standalone Data Storage (SDS) Scheme: All 10 tags 64 bytes'],
    [3, 0xff, 0x04, 'Standalone Data Storage (SDS) Scheme: All 10 tags 96 bytes'],
    [3, 0xff, 0x05, 'Standalone Data Storage (SDS) Scheme: All 10 tags 128 bytes'],
    [3, 0xff, 0x06, 'Standalone Data Storage (SDS) Scheme: All 10 tags 160 bytes'],
    [3, 0xff, 0x07, 'Standalone Data Storage (SDS) Scheme: All 10 tags 192 bytes'],
    [3, 0xff, 0x08, 'Standalone Data Storage (SDS) Scheme: All SDS tags 32 bytes except 9F78, which is 64 bytes'],
  ],
};

/** Application Priority Indicator, tag 87. */
export const priorityIndicator: BitField = {
  spec: 'EMV 4.4 Book 1 §12.2.3 Table 13',
  bytes: 1,
  rows: [
    bit(1, 8, 'Application cannot be selected without confirmation by the cardholder'),
    [1, 0x0f, 0x00, 'No priority assigned'],
    ...Array.from({ length: 15 }, (_, at) => [1, 0x0f, at + 1, `Priority ${at + 1}, 1 being the highest`] as const),
  ],
};
