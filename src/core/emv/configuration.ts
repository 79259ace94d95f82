/**
 * The configured EMV data of a terminal: who it is, which AIDs it takes on which interface within which limits, and the
 * CA public keys. Values come from the acquirer (config/emv); EMV 4.4 Book 4 Annex A, EMV Contactless Books A and B.
 */

/** Terminal Action Codes: five bytes of upper-case hex each, on the bits of the TVR (Book 3 §10.7). */
export interface ActionCodes {
  readonly denial: string;
  readonly online: string;
  readonly default: string;
}

/** Random transaction selection below the floor limit (Book 3 §10.6.2). */
export interface RandomSelection {
  /** Minor units: from here on the percentage rises. */
  readonly threshold: number;
  /** 0–99. */
  readonly targetPercentage: number;
  /** 0–99, not below the target. */
  readonly maximumTargetPercentage: number;
}

/** How an AID is taken when the card is inserted. */
export interface ContactSettings {
  /** Application Version Number, tag 9F09, two bytes hex. */
  readonly version: string;
  readonly tac: ActionCodes;
  /** Minor units; amounts of this and above go online. 0: everything goes online. */
  readonly floorLimit: number;
  readonly randomSelection: RandomSelection;
  /** Default DDOL, hex; must ask for the Unpredictable Number (9F37). Absent: a card without DDOL fails DDA. */
  readonly defaultDdol?: string;
  /** Default TDOL, hex. */
  readonly defaultTdol?: string;
}

/** How an AID is taken when the card is tapped: one Combination (Book B §3.1). All amounts in minor units. */
export interface ContactlessSettings {
  /**
   * Kernel ID, upper-case hex (Book B §3.3.2.5): one byte for an international kernel, three for a domestic one.
   * `00` accepts whatever kernel the card names, for schemes whose Kernel ID is not public.
   */
  readonly kernelId: string;
  /** The kernel that runs; the Kernel ID alone does not say it for domestic schemes. `none` ends with a clear outcome. */
  readonly kernel: 'kernel2' | 'kernel3' | 'kernel8' | 'pure' | 'none';
  /** Application Version Number, tag 9F09 (C-3 and PURE) or 9F09/9F6D (C-2), two bytes hex. */
  readonly version: string;
  /** Amounts of this and above are not taken on this interface (Book B §3.1.1.4). Absent: no limit. */
  readonly transactionLimit?: number;
  /** The same when the cardholder verified on the device (C-2 DF8125). Absent: as `transactionLimit`. */
  readonly onDeviceTransactionLimit?: number;
  /** Above this (C-2) or from this on (Book B) the cardholder has to be verified. */
  readonly cvmRequiredLimit: number;
  /** Above this an online cryptogram is required. 0: everything goes online. */
  readonly floorLimit: number;
  /** Status check: a single unit of currency is asked for online (Book B §3.1.1.1). */
  readonly statusCheck: boolean;
  /** Amount zero is allowed, and goes online (Book B §3.1.1.2). */
  readonly zeroAmountAllowed: boolean;
  /** Extended Selection (9F29) of the directory is appended to the name that is selected (Book B §3.3.3.3). Absent: no. */
  readonly extendedSelection?: boolean;
  /** Terminal Transaction Qualifiers, tag 9F66, four bytes hex. What the kernel cannot do is never claimed. */
  readonly terminalTransactionQualifiers: string;
  readonly tac: ActionCodes;
  /** Of C-2 and PURE; absent for kernels that do not know them. */
  readonly kernel2?: Kernel2Settings;
}

/** Configuration data objects of Book C-2 (Annex A.1), hex. */
export interface Kernel2Settings {
  /** DF811B, one byte: b8 mag-stripe mode not supported, b7 EMV mode not supported, b6 on-device CVM supported. */
  readonly kernelConfiguration: string;
  /** DF8117, DF8118, DF8119, DF811F, one byte each: bytes 1 to 3 of Terminal Capabilities. */
  readonly cardDataInputCapability: string;
  readonly cvmCapabilityRequired: string;
  readonly cvmCapabilityNotRequired: string;
  readonly securityCapability: string;
  /** DF811D, 0–5 records; 0 switches torn-transaction recovery off. */
  readonly tornRecords: number;
  /** DF811C, seconds. */
  readonly tornLifetimeSeconds: number;
}

/** One AID the terminal accepts. */
export interface TerminalApplication {
  /** 5 to 16 bytes, upper-case hex. */
  readonly aid: string;
  /** Shown when the card gives no label of its own. */
  readonly name: string;
  /** Application Selection Indicator (Book 1 §12.3.1): does a name on the card match that only begins with the AID? */
  readonly selection: 'partial' | 'exact';
  /** Absent: the AID is not taken on that interface. */
  readonly contact?: ContactSettings;
  readonly contactless?: ContactlessSettings;
}

/** A certification authority public key (Book 2 §5.1). */
export interface CaPublicKey {
  /** Five bytes, upper-case hex. */
  readonly rid: string;
  /** One byte, upper-case hex. */
  readonly index: string;
  /** Upper-case hex. */
  readonly modulus: string;
  /** `03` or `010001`. */
  readonly exponent: string;
  /** Last day on which the key is good, `YYYY-MM-DD`. Absent: the scheme has published none that we know. */
  readonly expires?: string;
  /** As the scheme published it with the key (Book 2 §11.2.2): SHA-1, upper-case hex. Checked whenever the key is used. */
  readonly checksum?: string;
}

/** An entry of the certification revocation list (Book 2 §5.1.2 and §6.3). */
export interface RevokedCertificate {
  readonly rid: string;
  readonly index: string;
  /** Certificate Serial Number of an Issuer Public Key certificate: three bytes hex. */
  readonly serial: string;
}

/** Configuration (config/emv). */
export interface TerminalEmvData {
  /** ISO 3166-1 numeric, three digits, e.g. `704`. Tag 9F1A. */
  readonly countryCode: string;
  /** Tag 9F35, two digits: `22` attended, offline with online capability, merchant (EMV 4.4 Book 4 Annex A1). */
  readonly terminalType: string;
  /** Tag 9F33, three bytes hex (Book 4 Annex A2). */
  readonly terminalCapabilities: string;
  /** Tag 9F40, five bytes hex (Book 4 Annex A3). */
  readonly additionalTerminalCapabilities: string;
  /** Tag 9F1E, exactly eight letters or digits. */
  readonly ifdSerialNumber: string;
  /** Tag 9F15, four digits (ISO 18245). */
  readonly merchantCategoryCode?: string;
  /** Tag 9F4E: name and location of the merchant, plain ASCII. */
  readonly merchantNameAndLocation?: string;
  /** In order of the terminal's own preference; the card's priority decides first. */
  readonly applications: readonly TerminalApplication[];
  readonly caPublicKeys: readonly CaPublicKey[];
  readonly revokedCertificates: readonly RevokedCertificate[];
}
