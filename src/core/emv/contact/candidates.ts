/**
 * The candidate list: which applications card and terminal have in common, found in the card's directory (PSE) or by
 * trying the terminal's AIDs one after the other. EMV 4.4 Book 1 §12.3.
 */
import { assert } from '../../base/assert.ts';
import { hex, toHex } from '../../base/bytes.ts';
import { ok } from '../../base/result.ts';
import { findTlv, parseTlv, type Tlv } from '../../tlv/ber-tlv.ts';
import { readRecordCommand, selectCommand, sw } from '../apdu.ts';
import { maxExchanges, type CardChannel, type Steps } from '../card-channel.ts';
import type { ContactSettings, TerminalApplication } from '../configuration.ts';
import { applicationLabel } from '../outcome.ts';
import { stop } from '../stop.ts';
import { pseName, selectNextCommand } from './commands.ts';

/** An application that card and terminal have in common. */
export interface Candidate {
  /** The name to SELECT: the card's own, which may be longer than the terminal's AID. */
  readonly adfName: Uint8Array;
  readonly application: TerminalApplication;
  readonly settings: ContactSettings;
  /** For the cardholder. */
  readonly label: string;
  /** Of the Application Priority Indicator (87): 1 is best, 15 last, 16 none. */
  readonly rank: number;
  /** It must not be selected without the cardholder's confirmation (87 b8). */
  readonly needsConfirmation: boolean;
}

/** Best first (Book 1 §12.4): by the card's priority, and in the order found where it gives none. */
export function* listCandidates(
  channel: CardChannel,
  applications: readonly TerminalApplication[],
): Steps<readonly Candidate[]> {
  const list = new CandidateList(applications);
  const directory = yield* readDirectory(channel, list);
  if (!directory.ok) return directory;
  if (directory.value === 'unusable') list.clear();
  if (list.found.length === 0) {
    const tried = yield* tryEachAid(channel, list);
    if (!tried.ok) return tried;
  }
  assert(list.found.length === list.names, 'selection: every candidate has its own name');
  return ok(list.found.toSorted((a, b) => a.rank - b.rank));
}

class CandidateList {
  readonly found: Candidate[] = [];
  /** Of those found: a card may list thousands. */
  readonly #names = new Set<string>();
  readonly applications: readonly TerminalApplication[];

  constructor(applications: readonly TerminalApplication[]) {
    this.applications = applications.filter(({ contact }) => contact !== undefined);
  }

  get names(): number {
    return this.#names.size;
  }

  clear(): void {
    this.found.length = 0;
    this.#names.clear();
  }

  /** False when nothing was added: the terminal does not take it, or has it already. */
  add(name: Uint8Array | undefined, objects: ReadonlyMap<string, Uint8Array>): boolean {
    const application = name === undefined ? undefined : this.#matching(toHex(name));
    if (name === undefined || application?.contact === undefined) return false;
    if (this.#names.has(toHex(name))) return false;
    this.#names.add(toHex(name));
    assert(name.length >= 5 && name.length <= 16, 'selection: a DF name has 5 to 16 bytes');
    const [priority = 0] = objects.get('87') ?? [];
    this.found.push({
      adfName: name.slice(),
      application,
      settings: application.contact,
      label: applicationLabel(objects) ?? application.name,
      rank: (priority & 0x0f) === 0 ? 16 : priority & 0x0f,
      needsConfirmation: (priority & 0x80) !== 0,
    });
    return true;
  }

  /** The longest AID that fits: a more specific entry of the terminal's list wins. */
  #matching(name: string): TerminalApplication | undefined {
    return this.applications
      .filter(({ aid, selection }) => (selection === 'partial' ? name.startsWith(aid) : name === aid))
      .toSorted((a, b) => b.aid.length - a.aid.length)
      .at(0);
  }
}

/**
 * Book 1 §12.3.2. `unusable`: any error after the PSE was selected; what was found until then does not count. Entries
 * of further directories (DDF) are passed over: EMV 4.4 has none.
 */
function* readDirectory(channel: CardChannel, list: CandidateList): Steps<'read' | 'unusable'> {
  const selected = yield* channel.exchange(selectCommand(pseName));
  if (selected === undefined) return stop('communicationError', 'no answer to SELECT PSE');
  if (selected.sw === sw.functionNotSupported) return stop('applicationBlocked', 'the card is blocked');
  const directory = selected.sw === sw.success ? parseDirectoryFci(selected.data) : undefined;
  if (directory === undefined) return ok('unusable');
  for (let record = 1; record <= 0xff; record += 1) {
    const response = yield* channel.exchange(readRecordCommand(directory.sfi, record));
    if (response === undefined) return stop('communicationError', 'no answer to READ RECORD of the PSE');
    if (response.sw === sw.recordNotFound) return ok('read');
    const entries = response.sw === sw.success ? parseDirectoryRecord(response.data) : undefined;
    if (entries === undefined) return ok('unusable');
    for (const entry of entries) {
      const objects = new Map([...directory.codeTable, ...objectsOf(entry.children)]);
      list.add(validName(objects.get('4F')), objects);
    }
  }
  return ok('read');
}

interface Directory {
  /** Of the directory file, 1–10. */
  readonly sfi: number;
  /** Issuer Code Table Index (9F11): the alphabet of the preferred names. */
  readonly codeTable: ReadonlyMap<string, Uint8Array>;
}

/** Book 1 §11.3.4 Table 8. */
function parseDirectoryFci(fci: Uint8Array): Directory | undefined {
  const parsed = parseTlv(fci);
  const proprietary = parsed.ok ? parsed.value.find(({ tag }) => tag === '6F')?.children : undefined;
  const objects = objectsOf(proprietary?.find(({ tag }) => tag === 'A5')?.children ?? []);
  const sfi = objects.get('88');
  const [number = 0] = sfi ?? [];
  if (sfi?.length !== 1 || number < 1 || number > 10) return undefined;
  return { sfi: number, codeTable: new Map([...objects].filter(([tag]) => tag === '9F11')) };
}

/** Book 1 §12.2.3: a template 70 with entries 61. */
function parseDirectoryRecord(record: Uint8Array): readonly Tlv[] | undefined {
  const parsed = parseTlv(record);
  const [template] = parsed.ok ? parsed.value : [];
  if (!parsed.ok || parsed.value.length !== 1 || template?.tag !== '70') return undefined;
  return template.children.filter(({ tag }) => tag === '61');
}

/** Book 1 §12.3.3. */
function* tryEachAid(channel: CardChannel, list: CandidateList): Steps<void> {
  for (const application of list.applications) {
    const aid = application.aid;
    const seen = new Set<string>();
    let command = selectCommand(hex(aid));
    for (;;) {
      const response = yield* channel.exchange(command);
      if (response === undefined) return stop('communicationError', 'no answer to SELECT');
      if (response.sw === sw.functionNotSupported && seen.size === 0) {
        return stop('applicationBlocked', 'the card is blocked');
      }
      const blocked = response.sw === sw.selectedFileInvalidated;
      const objects = response.sw === sw.success || blocked ? fciObjects(response.data) : undefined;
      const name = validName(objects?.get('84'));
      const text = name === undefined ? '' : toHex(name);
      // A card that gives the same again does not know "next".
      if (objects === undefined || !text.startsWith(aid) || text === '' || seen.has(text)) break;
      seen.add(text);
      const longer = text !== aid;
      if (longer && application.selection === 'exact') break;
      assert(seen.size <= maxExchanges, 'selection: a card is asked for the next so often, and not for ever');
      if (!blocked) list.add(name, objects);
      if (!longer) break;
      command = selectNextCommand(hex(aid));
    }
  }
  return ok(undefined);
}

function fciObjects(fci: Uint8Array): ReadonlyMap<string, Uint8Array> | undefined {
  const parsed = parseTlv(fci);
  if (!parsed.ok) return undefined;
  const template = parsed.value.find(({ tag }) => tag === '6F')?.children ?? [];
  return objectsOf([...template, ...(findTlv(template, 'A5')?.children ?? [])]);
}

function objectsOf(objects: readonly Tlv[]): ReadonlyMap<string, Uint8Array> {
  return new Map(objects.filter(({ value }) => value.length > 0).map(({ tag, value }) => [tag, value]));
}

function validName(name: Uint8Array | undefined): Uint8Array | undefined {
  return name !== undefined && name.length >= 5 && name.length <= 16 ? name : undefined;
}
