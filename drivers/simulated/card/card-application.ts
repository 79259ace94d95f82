/**
 * One payment application of a card, from SELECT to the last script. It answers commands only in the order in which a
 * real one would (EMV 4.4 Book 3 §6.5 and §10), counts its transactions, and keeps PIN tries, counters and blocks for as
 * long as the object lives.
 */
import { bcd, concat, equalBytes, hex, latin1, toHex } from '../../../src/core/base/bytes.ts';
import { constructed, primitive, type Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import { dolLength } from '../../../src/core/tlv/dol.ts';
import {
  cardQualifiers,
  finalDecision,
  firstDecision,
  informationData,
  readerWants,
  requestedType,
  saysUnableToGoOnline,
} from './card-decision.ts';
import { readDol, refuse, respond, type Command } from './command.ts';
import { applicationCryptogram, recogniseIssuer, responseKey, sessionInput } from './crypto/recipes.ts';
import { executeScript } from './card-scripts.ts';
import { newTransaction } from './card-transaction.ts';
import { CardSigner } from './card-signatures.ts';
import { OfflinePin, verifyCommand, verifyEnciphered } from './offline-pin.ts';
import { dolOf, personalise, recordTemplate, track2, type Personalised } from './personalisation.ts';
import type { ApplicationProfile } from './profiles.ts';
import { issuerDataWith, type CryptogramType } from './verification-results.ts';

const maxAtc = 0xffff;
/** Book 3 §6.5.5: CDA is asked for in P1. */
const cdaRequested = 0x10;
/** A signature of more bytes does not fit into the answer of GET PROCESSING OPTIONS. */
const longestInAnswer = 128;

/** Grows with the transaction: selected → GPO done → online (the card waits for its issuer) → decided. */
type Phase = 'idle' | 'selected' | 'initiated' | 'online' | 'decided';

export class CardApplication {
  readonly profile: ApplicationProfile;
  readonly data: Personalised;
  readonly pin: OfflinePin | undefined;
  readonly #contact: boolean;
  readonly #signer: CardSigner;
  /** Data objects that the issuer has put on the card (PUT DATA). */
  readonly #stored = new Map<string, Uint8Array>();
  #blocked: boolean;
  /** A phone whose owner has not shown yet who she is. */
  #locked: boolean;
  #atc: number;
  #lastOnlineAtc: number;
  #blocksCard = false;
  #phase: Phase = 'idle';
  #now = newTransaction();
  /** For a terminal that has not heard the answer to GENERATE AC (Book C-2, RECOVER AC). */
  #torn: { readonly unpredictableNumber: Uint8Array; readonly answer: Uint8Array } | undefined;
  /** Records that are made for each tap. */
  #dynamicRecord: readonly Tlv[] | undefined;

  constructor(profile: ApplicationProfile, contact: boolean) {
    this.profile = profile;
    this.data = personalise(profile, contact);
    this.#contact = contact;
    this.#signer = new CardSigner(profile, this.data);
    this.pin = profile.pin && contact ? new OfflinePin(profile.pin.digits, profile.pin.tries) : undefined;
    this.#blocked = profile.blocked ?? false;
    this.#locked = profile.lockedPhone ?? false;
    this.#atc = profile.counters?.atc ?? 0;
    this.#lastOnlineAtc = profile.counters?.lastOnlineAtc ?? 0;
  }

  get aid(): Uint8Array {
    return hex(this.profile.aid);
  }

  /** A script has blocked the whole card. */
  get blocksCard(): boolean {
    return this.#blocksCard;
  }

  /** Another application was selected, or the card has lost its power. */
  leave(): void {
    this.#phase = 'idle';
  }

  /** Book 1 §11.3.4. */
  select(): Uint8Array {
    this.#phase = 'selected';
    this.#now = newTransaction();
    const { label, priority = 1, confirmation = false } = this.profile;
    const fci = constructed('6F', [
      primitive('84', this.aid),
      constructed('A5', [
        primitive('50', latin1(label)),
        primitive('87', Uint8Array.of(priority | (confirmation ? 0x80 : 0))),
        ...(this.data.pdol.length === 0 ? [] : [primitive('9F38', this.data.pdol)]),
      ]),
    ]);
    return respond([fci], this.#blocked ? 'invalidated' : 'success');
  }

  process(command: Command): Uint8Array {
    switch ((command.cla << 8) | command.ins) {
      case 0x80a8:
        return this.#getProcessingOptions(command);
      case 0x00b2:
        return this.#readRecord(command);
      case 0x80ae:
        return this.#generateAc(command);
      case 0x80ca:
        return this.#getData(command);
      case 0x80d0:
        return this.#recoverAc(command);
      case 0x0084:
        return this.#getChallenge(command);
      case 0x0020:
        return this.#verify(command);
      case 0x0088:
        return this.#internalAuthenticate(command);
      case 0x0082:
        return this.#externalAuthenticate(command);
      default:
        return this.#script(command);
    }
  }

  #getProcessingOptions({ p1, p2, data }: Command): Uint8Array {
    if (p1 !== 0x00 || p2 !== 0x00) return refuse('wrongParameters');
    if (this.#phase !== 'selected' || this.#atc === maxAtc) return refuse('conditionsNotSatisfied');
    const pdol = dolOf(this.data.pdol);
    const length = dolLength(pdol);
    const head = length < 0x80 ? [0x83, length] : [0x83, 0x81, length];
    if (!equalBytes(data.subarray(0, head.length), Uint8Array.from(head))) return refuse('wrongData');
    if (data.length !== head.length + length) return refuse('wrongLength');
    this.#phase = 'initiated';
    this.#atc += 1;
    this.#now.events.pinTriesLeft = this.pin?.triesLeft;
    this.#take(pdol, data.subarray(head.length));
    if (this.profile.flow === 'qvsdc') return this.#decideAtOnce();
    const { aip, afl } = this.data;
    if (this.profile.responseFormat === 1) return respond([primitive('80', concat(aip, afl))]);
    return respond([constructed('77', [primitive('82', aip), primitive('94', afl)])]);
  }

  #take(entries: readonly { readonly tag: string; readonly length: number }[], values: Uint8Array): void {
    const kept = values.slice();
    for (const [tag, value] of readDol(entries, kept)) this.#now.terminal.set(tag, value);
    this.#now.sent = concat(this.#now.sent, kept);
  }

  /** qVSDC (Book C-3): everything in one answer, and records only where they can be checked. */
  #decideAtOnce(): Uint8Array {
    const wants = readerWants(this.#now.terminal.get('9F66'));
    const template = this.profile.cardTransactionQualifiers;
    const qualifiers = template === undefined ? undefined : cardQualifiers(hex(template), wants);
    // No method that both can: the card is inserted where that is possible, and declines elsewhere.
    if (qualifiers === 'none' && wants.contactChip) return refuse('anotherInterface');
    if (this.#locked && wants.cvm) {
      this.#locked = false;
      this.#phase = 'selected';
      return refuse('seePhone');
    }
    const asked = qualifiers === 'none' ? 'aac' : wants.onlineCryptogram ? 'arqc' : 'tc';
    const type = firstDecision(this.profile, this.#blocked, asked, this.#amount());
    this.#phase = 'decided';
    const { iccKey, aip, afl } = this.data;
    const signs = iccKey !== undefined && (type === 'tc' || (type === 'arqc' && wants.odaOnline));
    if (signs) this.#now.events.dynamicSignature = 'dda';
    const cryptogram = this.#cryptogram(type);
    const ctq = qualifiers === undefined || qualifiers === 'none' ? [] : [primitive('9F6C', qualifiers)];
    const objects = [
      primitive('82', aip),
      ...(signs ? [primitive('94', afl)] : []),
      track2(this.profile),
      primitive('5F34', bcd(this.profile.panSequenceNumber)),
      ...ctq,
      ...cryptogram,
    ];
    this.#dynamicRecord = undefined;
    if (signs) {
      const related = this.#signer.relatedData(ctq[0]?.value ?? new Uint8Array(2));
      const signature = primitive('9F4B', this.#signer.fdda(this.#atcBytes(), this.#now.terminal, related));
      const inAnswer = signature.value.length <= longestInAnswer;
      this.#dynamicRecord = [primitive('9F69', related), ...(inAnswer ? [] : [signature])];
      if (inAnswer) objects.push(signature);
    }
    return respond([constructed('77', objects)]);
  }

  #readRecord({ p1, p2, data }: Command): Uint8Array {
    if (this.#phase === 'idle') return refuse('conditionsNotSatisfied');
    if (data.length > 0) return refuse('wrongLength');
    if ((p2 & 0x07) !== 0x04) return refuse('wrongParameters');
    const file = this.data.files.find(({ sfi }) => sfi === p2 >> 3);
    if (file === undefined) return refuse('fileNotFound');
    const dynamic = file.sfi === this.data.dynamicFile && p1 === file.records.length + 1;
    const record = dynamic ? this.#dynamicRecord : file.records[p1 - 1];
    return record === undefined ? refuse('recordNotFound') : respond([recordTemplate(record)]);
  }

  #generateAc({ p1, p2, data }: Command): Uint8Array {
    const asked = requestedType(p1);
    if (p2 !== 0x00 || asked === undefined) return refuse('wrongParameters');
    const cda = (p1 & cdaRequested) !== 0;
    if (this.#phase === 'online') return this.#finalAc(asked, cda, data);
    if (this.#phase !== 'initiated' || this.profile.flow === 'qvsdc') return refuse('conditionsNotSatisfied');
    if (data.length !== dolLength(this.data.cdol1)) return refuse('wrongLength');
    this.#take(this.data.cdol1, data);
    const type = firstDecision(this.profile, this.#blocked, asked, this.#amount());
    this.#phase = type === 'arqc' && this.#contact ? 'online' : 'decided';
    if (cda && type !== 'aac' && this.#signer.canCda) this.#now.events.dynamicSignature = 'cdaFirst';
    const answer = this.#answerAc(type, cda);
    if (!this.#contact) {
      const { unpredictableNumber } = sessionInput(this.#now.terminal);
      // A copy: what is handed over may be overwritten.
      this.#torn = { unpredictableNumber, answer: answer.slice() };
    }
    return answer;
  }

  /** Book 3 §10.11. */
  #finalAc(asked: CryptogramType, cda: boolean, data: Uint8Array): Uint8Array {
    if (data.length !== dolLength(this.data.cdol2)) return refuse('wrongLength');
    this.#take(this.data.cdol2, data);
    const { events, terminal } = this.#now;
    events.unableToGoOnline = saysUnableToGoOnline(terminal.get('8A'));
    const authentication = terminal.get('91');
    if (authentication?.some((byte) => byte !== 0) === true) this.#recogniseIssuer(authentication);
    const type = finalDecision(this.profile, this.#blocked, asked, events, this.#now.issuerApproves);
    events.second = type;
    this.#phase = 'decided';
    if (type === 'tc' && !events.unableToGoOnline) this.#lastOnlineAtc = this.#atc;
    if (cda && type !== 'aac' && this.#signer.canCda) events.dynamicSignature = 'cdaSecond';
    return this.#answerAc(type, cda);
  }

  #answerAc(type: CryptogramType, cda: boolean): Uint8Array {
    const objects = this.#cryptogram(type);
    if (cda && type !== 'aac' && this.#signer.canCda) {
      const { unpredictableNumber } = sessionInput(this.#now.terminal);
      return respond([constructed('77', this.#signer.cda(objects, this.#now.sent, unpredictableNumber))]);
    }
    if (this.profile.responseFormat === 2) return respond([constructed('77', objects)]);
    return respond([primitive('80', concat(...objects.map(({ value }) => value)))]);
  }

  /** CID, ATC, cryptogram and Issuer Application Data, in the order of response format 1. */
  #cryptogram(type: CryptogramType): readonly Tlv[] {
    const { events } = this.#now;
    if (events.second === undefined) events.first = type;
    events.pinTriesLeft = this.pin?.triesLeft;
    const atc = this.#atcBytes();
    const issuerData = issuerDataWith(this.data.recipe, hex(this.profile.issuerApplicationData), events);
    const objects = new Map(this.#now.terminal).set('82', this.data.aip).set('9F36', atc).set('9F10', issuerData);
    const cryptogram = applicationCryptogram(this.data.recipe, this.data.keys.cryptogram, objects);
    if (events.second === undefined) this.#now.requestCryptogram = cryptogram;
    return [
      primitive('9F27', Uint8Array.of(informationData(type, events))),
      primitive('9F36', atc),
      primitive('9F26', cryptogram),
      primitive('9F10', issuerData),
    ];
  }

  /** Book C-2: the answer that was lost when the card left the field. */
  #recoverAc({ p1, p2, data }: Command): Uint8Array {
    if (this.#contact || !this.#signer.canCda) return refuse('instructionNotSupported');
    if (p1 !== 0 || p2 !== 0) return refuse('wrongParameters');
    const torn = this.#torn;
    if (this.#phase !== 'initiated' || torn === undefined || !equalBytes(data, torn.unpredictableNumber)) {
      return refuse('conditionsNotSatisfied');
    }
    this.#phase = 'decided';
    return torn.answer.slice();
  }

  /** Book 3 §6.5.7. */
  #getData({ p1, p2 }: Command): Uint8Array {
    if (this.#phase === 'idle') return refuse('conditionsNotSatisfied');
    const tag = toHex(p1 === 0 ? Uint8Array.of(p2) : Uint8Array.of(p1, p2));
    const value = this.#stored.get(tag) ?? this.#counterOf(tag);
    return value === undefined ? refuse('dataNotFound') : respond([primitive(tag, value)]);
  }

  #counterOf(tag: string): Uint8Array | undefined {
    switch (tag) {
      case '9F36':
        return this.#atcBytes();
      case '9F13':
        return Uint8Array.of(this.#lastOnlineAtc >> 8, this.#lastOnlineAtc & 0xff);
      case '9F17':
        return this.pin === undefined ? undefined : Uint8Array.of(this.pin.triesLeft);
      default:
        return undefined;
    }
  }

  #getChallenge({ p1, p2, data }: Command): Uint8Array {
    if (!this.#contact) return refuse('instructionNotSupported');
    if (p1 !== 0 || p2 !== 0) return refuse('wrongParameters');
    if (this.#phase === 'idle' || data.length > 0) return refuse('conditionsNotSatisfied');
    this.#now.challenge = this.#signer.number();
    return concat(this.#now.challenge, refuse('success'));
  }

  #verify(command: Command): Uint8Array {
    const { pin } = this;
    if (pin === undefined) return refuse('instructionNotSupported');
    if (this.#phase !== 'initiated') return refuse('conditionsNotSatisfied');
    const { events, challenge } = this.#now;
    // A challenge serves once (Book 2 §7.2).
    this.#now.challenge = undefined;
    const { answer, result } = verifyCommand(command, { pin, key: this.data.pinKey, challenge });
    if (result !== undefined) {
      events.pinEnciphered = command.p2 === verifyEnciphered;
      events.pin = result === 'verified' ? 'verified' : 'failed';
    }
    return answer;
  }

  /** Book 3 §6.5.9. */
  #internalAuthenticate({ p1, p2, data }: Command): Uint8Array {
    if (!this.#signer.canDda) return refuse('instructionNotSupported');
    if (p1 !== 0 || p2 !== 0) return refuse('wrongParameters');
    if (this.#phase !== 'initiated') return refuse('conditionsNotSatisfied');
    if (data.length !== dolLength(this.data.ddol)) return refuse('wrongLength');
    this.#now.events.dynamicSignature = 'dda';
    const signature = this.#signer.dda(data);
    if (this.profile.responseFormat === 1) return respond([primitive('80', signature)]);
    return respond([constructed('77', [primitive('9F4B', signature)])]);
  }

  /** Book 3 §6.5.4: once in a transaction. */
  #externalAuthenticate({ p1, p2, data }: Command): Uint8Array {
    if (!this.#contact) return refuse('instructionNotSupported');
    if (p1 !== 0 || p2 !== 0) return refuse('wrongParameters');
    if (this.#phase !== 'online' || this.#now.events.issuer !== 'none') return refuse('conditionsNotSatisfied');
    if (data.length < 8 || data.length > 16) return refuse('wrongLength');
    return refuse(this.#recogniseIssuer(data) ? 'success' : 'authenticationFailed');
  }

  #recogniseIssuer(authentication: Uint8Array): boolean {
    const { recipe, keys } = this.data;
    const session = sessionInput(new Map(this.#now.terminal).set('9F36', this.#atcBytes()));
    const key = responseKey(recipe, keys.cryptogram, session);
    const update = recogniseIssuer(recipe, key, this.#now.requestCryptogram, authentication);
    this.#now.events.issuer = update === undefined ? 'failed' : 'recognised';
    // Card Status Update byte 2 bit 8 (Book 3 Annex C10); with method 1 the terminal's request says it.
    this.#now.issuerApproves = update !== undefined && (recipe.responseMethod === 1 || ((update[1] ?? 0) & 0x80) !== 0);
    return update !== undefined;
  }

  #script(command: Command): Uint8Array {
    const { events, requestCryptogram: cryptogram } = this.#now;
    const inTransaction = this.#phase === 'online' || (this.#phase === 'decided' && this.#contact);
    if (!inTransaction) {
      return refuse(
        [0x00, 0x80, 0x04, 0x84, 0x8c].includes(command.cla) ? 'instructionNotSupported' : 'classNotSupported',
      );
    }
    const session = { atc: this.#atcBytes(), cryptogram, before: events.scripts };
    const done = executeScript(this, command, session);
    if (done.kind === 'unknown') return refuse('instructionNotSupported');
    if (done.kind === 'failed') {
      events.scriptFailed = true;
      return refuse(done.status);
    }
    events.scripts += 1;
    const { blocks, stores } = done;
    if (blocks?.what === 'application') this.#blocked = blocks.blocked;
    if (blocks?.what === 'card') this.#blocksCard = true;
    if (stores !== undefined) this.#stored.set(stores.tag, stores.value);
    return refuse('success');
  }

  #amount(): number {
    return Number(toHex(this.#now.terminal.get('9F02') ?? new Uint8Array(6)).replaceAll(/[A-F]/g, '9'));
  }

  #atcBytes(): Uint8Array {
    return Uint8Array.of(this.#atc >> 8, this.#atc & 0xff);
  }
}
