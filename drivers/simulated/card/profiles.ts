/**
 * Card profiles: which simulated cards exist, as data (config/simulated/cards.json). Everything in them is for
 * training: published test PANs, no cardholder, and issuer keys that are well-known test keys.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { hex } from '../../../src/core/base/bytes.ts';
import { recipeOf } from './crypto/recipes.ts';
import { isTrainingKey } from './keys/training-keys.ts';
import { TraceCard } from './trace.ts';

const hexBytes = (min: number, max: number): z.ZodString =>
  z.string().regex(new RegExp(`^(?:[0-9A-F]{2}){${min},${max}}$`), `${min} to ${max} bytes in upper-case hex`);

/** Words for the control strip, in both languages. */
const wording = (most: number) => {
  const text = z.string().min(1).max(most);
  return z.strictObject({ vi: text, en: text });
};

const interfaces = z.enum(['contact', 'contactless']);
const keyName = z.string().refine(isTrainingKey, 'a key of config/simulated/card-keys.json');
const pinDigits = z.string().regex(/^\d{4,12}$/, '4 to 12 digits');
const minorUnits = z.int().min(0).max(999_999_999_999);

/** Offline data authentication: how, and with which keys (EMV 4.4 Book 2 §5 and §6). */
const authentication = z
  .strictObject({
    /** What the card can do at most; `fdda` is that of qVSDC. */
    method: z.enum(['sda', 'dda', 'cda', 'fdda']),
    authority: keyName,
    issuer: keyName,
    /** Of the card; not for SDA. */
    icc: keyName.optional(),
    /** For enciphered PINs; absent, the card's key serves (Book 2 §7.1). */
    pin: keyName.optional(),
    /** Wrong from here on, so that a terminal has something to find. */
    damaged: z
      .enum([
        'unknownAuthority',
        'issuerCertificate',
        'issuerCertificateExpired',
        'issuerIdentifier',
        'iccCertificate',
        'iccCertificateExpired',
        'iccCertificatePan',
        'staticData',
        'staticSignature',
        'dynamicSignature',
      ])
      .optional(),
    /** MMYY of both certificates; absent: as the card. */
    certificateExpiry: z
      .string()
      .regex(/^\d{4}$/, 'MMYY')
      .optional(),
    /** Version 00 of fDDA signs only the terminal's number (Book C-3 Annex C). */
    fddaVersion: z.enum(['00', '01']).optional(),
  })
  .refine(({ method, icc }) => method === 'sda' || icc !== undefined, 'a key of the card');

/** What the issuer does with cards of this profile (issuer.ts). */
const issuerScript = z.strictObject({
  /** 71 is delivered before the final GENERATE AC, 72 after it (Book 3 §10.10). */
  template: z.enum(['71', '72']),
  /** Only with this amount; absent: with each approval. */
  onAmount: minorUnits.optional(),
  commands: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.enum(['applicationBlock', 'applicationUnblock', 'cardBlock', 'pinUnblock']) }),
        z.strictObject({ kind: z.literal('pinChange'), pin: pinDigits }),
        z.strictObject({ kind: z.literal('putData'), tag: hexBytes(1, 2), value: hexBytes(1, 32) }),
      ]),
    )
    .min(1)
    .max(4),
  /** The MAC is not the issuer's: the card refuses the command. */
  wrongMac: z.boolean().optional(),
});

const application = {
  aid: hexBytes(5, 16),
  label: z.string().min(1).max(16),
  /** Tag 87: 1 is best. */
  priority: z.int().min(0).max(15).optional(),
  /** Tag 87 bit 8: the cardholder has to confirm. */
  confirmation: z.boolean().optional(),
  /** Tag 9F2A, of contactless cards. */
  kernelIdentifier: hexBytes(1, 8).optional(),
  pan: z.string().regex(/^\d{13,19}$/, '13 to 19 digits'),
  panSequenceNumber: z.string().regex(/^\d{2}$/, 'two digits'),
  /** YYMMDD, the last day on which the card is good. */
  expiryDate: z.string().regex(/^\d{6}$/, 'YYMMDD'),
  /** YYMMDD, the first one. */
  effectiveDate: z
    .string()
    .regex(/^\d{6}$/, 'YYMMDD')
    .optional(),
  /** `qvsdc` gives its cryptogram in the answer to GET PROCESSING OPTIONS, `generateAc` on GENERATE AC. */
  flow: z.enum(['qvsdc', 'generateAc']),
  /** Of GET PROCESSING OPTIONS and GENERATE AC: 1 is template 80, 2 is template 77 (which qvsdc always uses). */
  responseFormat: z.literal([1, 2]),
  applicationInterchangeProfile: hexBytes(2, 2),
  /** Says also by which recipe the card computes (recipes.ts). Its verification results are set as things happen. */
  issuerApplicationData: hexBytes(1, 32).refine(
    (text) => recipeOf(hex(text)) !== undefined,
    'issuer application data of a known cryptogram version',
  ),
  /** The most that the card agrees to: `tc` approves what it is asked to, `arqc` goes online, `aac` declines. */
  decision: z.enum(['tc', 'arqc', 'aac']),
  /** With `tc`: amounts above this go online all the same. */
  offlineLimit: minorUnits.optional(),
  /** On the final GENERATE AC, whatever the issuer says; absent: as asked. */
  finalDecision: z.literal('aac').optional(),
  /** Without Issuer Authentication Data that it recognises, the card declines at the end. */
  issuerAuthentication: z.enum(['optional', 'required']).optional(),
  /** Lists of data objects other than the usual ones (personalisation.ts). */
  pdol: hexBytes(0, 60).optional(),
  cdol1: hexBytes(1, 60).optional(),
  cdol2: hexBytes(1, 60).optional(),
  /** Tags 8E, 9F0D to 9F0F, 9F07, 9F08, 5F28, 9F42, 9F14, 9F23, 9F6C; each is in a record when it is here. */
  cvmList: hexBytes(8, 60).optional(),
  actionCodes: z.strictObject({ default: hexBytes(5, 5), denial: hexBytes(5, 5), online: hexBytes(5, 5) }).optional(),
  usageControl: hexBytes(2, 2).optional(),
  versionNumber: hexBytes(2, 2).optional(),
  issuerCountry: z
    .string()
    .regex(/^\d{4}$/, 'four digits')
    .optional(),
  applicationCurrency: z
    .string()
    .regex(/^\d{4}$/, 'four digits')
    .optional(),
  lowerConsecutiveLimit: z.int().min(0).max(255).optional(),
  upperConsecutiveLimit: z.int().min(0).max(255).optional(),
  cardTransactionQualifiers: hexBytes(2, 2).optional(),
  authentication: authentication.optional(),
  /** Offline PIN; without it the card does not know VERIFY. */
  pin: z.strictObject({ digits: pinDigits, tries: z.int().min(0).max(9) }).optional(),
  /** Transactions the card has behind it, and how many of them when it was last online. */
  counters: z.strictObject({ atc: z.int().min(0).max(65_534), lastOnlineAtc: z.int().min(0).max(65_534) }).optional(),
  /** Blocked by its issuer: SELECT answers 6283, and every cryptogram is an AAC (Book 1 §12.3.2, Book 3 §10.3). */
  blocked: z.boolean().optional(),
  /**
   * A phone that is still locked: where the reader wants the cardholder verified, qVSDC answers 6986 once; the owner
   * unlocks it, and from then on what the qualifiers say of CDCVM is true.
   */
  lockedPhone: z.boolean().optional(),
  /** The card cannot do what a script asks. */
  scriptsFail: z.boolean().optional(),
  issuer: z
    .strictObject({
      scripts: z.array(issuerScript).max(4).optional(),
      /** Tag 91 of the issuer's answer is not its own. */
      wrongAuthentication: z.boolean().optional(),
    })
    .optional(),
};

const emvCard = z.strictObject({
  kind: z.literal('emv'),
  /** Named by the control strip and by tests. */
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, 'lower-case letters, digits and dashes'),
  /** Short, for a button. */
  name: wording(24),
  /** What will happen when the card is tapped or inserted. */
  hint: wording(60),
  /** Absent: contactless. */
  interface: interfaces.optional(),
  ...application,
  /** What else is on the card, in the order of its directory. */
  otherApplications: z.array(z.strictObject(application)).max(4).optional(),
  /** A contact card without a directory: the terminal tries its own list of AIDs (Book 1 §12.3.3). */
  withoutDirectory: z.boolean().optional(),
  /** The whole card is blocked: SELECT answers 6A81. */
  cardBlocked: z.boolean().optional(),
  /** The customer takes the card away after so many exchanges. */
  removedAfter: z.int().min(0).max(50).optional(),
});

const traceCard = z.strictObject({
  kind: z.literal('trace'),
  id: emvCard.shape.id,
  name: emvCard.shape.name,
  hint: emvCard.shape.hint,
  interface: interfaces.optional(),
  /** Lines `=> hex` and `<= hex`, played once for every tap (trace.ts). */
  trace: z
    .array(z.string())
    .min(2)
    .refine((lines) => TraceCard.parse(lines).ok, 'lines "=> hex" and "<= hex" in turn'),
});

const cardFile = z.strictObject({
  notice: z.string(),
  /** Double-length TDES keys of the training issuer: cryptograms, MAC and encipherment of its scripts. */
  issuerMasterKey: hexBytes(16, 16),
  scriptIntegrityKey: hexBytes(16, 16).default('FEDCBA98765432100123456789ABCDEF'),
  scriptConfidentialityKey: hexBytes(16, 16).default('89ABCDEF0123456776543210FEDCBA98'),
  cards: z
    .array(z.discriminatedUnion('kind', [emvCard, traceCard]))
    .min(1)
    .refine((cards) => new Set(cards.map(({ id }) => id)).size === cards.length, 'ids that differ'),
});

/** Keys of the issuer, hex. */
interface IssuerKeyTexts {
  readonly issuerMasterKey: string;
  readonly scriptIntegrityKey: string;
  readonly scriptConfidentialityKey: string;
}

export type EmvCardProfile = z.infer<typeof emvCard> & IssuerKeyTexts;
/** One payment application, with the keys of its issuer. */
export type ApplicationProfile = z.infer<z.ZodObject<typeof application>> & IssuerKeyTexts;
export type TraceCardProfile = z.infer<typeof traceCard>;
export type CardProfile = EmvCardProfile | TraceCardProfile;
export type AuthenticationProfile = z.infer<typeof authentication>;
export type IssuerScriptProfile = z.infer<typeof issuerScript>;

/** All applications of a card, the main one first. */
export function applicationsOf(card: EmvCardProfile): readonly ApplicationProfile[] {
  const { issuerMasterKey, scriptIntegrityKey, scriptConfidentialityKey } = card;
  const keys = { issuerMasterKey, scriptIntegrityKey, scriptConfidentialityKey };
  return [card, ...(card.otherApplications ?? []).map((each) => ({ ...each, ...keys }))];
}

/** What is wrong with a file of cards; `path` leads to the value, and is empty when there is no such value. */
export interface CardFileProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export const defaultCardFile = new URL('../../../config/simulated/cards.json', import.meta.url);

/** Reads and checks a file of cards. Throws nothing: a file that cannot be used answers with its problems. */
export function loadCardProfiles(
  file: string | URL,
): readonly CardProfile[] | { problems: readonly CardFileProblem[] } {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return { problems: [{ path: [], message: error instanceof Error ? error.message : 'cannot be read' }] };
  }
  const parsed = cardFile.safeParse(json);
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.map(({ path, message }) => ({
        path: path.map((step) => (typeof step === 'number' ? step : String(step))),
        message,
      })),
    };
  }
  const { cards, issuerMasterKey, scriptIntegrityKey, scriptConfidentialityKey } = parsed.data;
  const keys = { issuerMasterKey, scriptIntegrityKey, scriptConfidentialityKey };
  return cards.map((card) => (card.kind === 'emv' ? { ...card, ...keys } : card));
}
