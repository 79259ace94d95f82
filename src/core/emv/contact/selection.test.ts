/** Application selection of EMV 4.4 Book 1 §12: the candidate list, who chooses, and what is left out. */
import { describe, expect, it } from 'vitest';
import { constructed, type Tlv } from '../../tlv/ber-tlv.ts';
import { contactApplication, contactlessApplication } from '../test-kit.ts';
import {
  aid,
  contactInput,
  directoryRecord,
  fci,
  good,
  ok,
  p,
  pse,
  run,
  scripted,
  select,
  selectNext,
  selectPse,
  text,
  type Run,
  type Surroundings,
} from './test-kit.ts';

const visa = 'A0000000031010';
const electron = 'A0000000032010';
const both = [contactApplication(aid, 'NAPAS'), contactApplication(visa, 'VISA')];

type Changes = Readonly<Record<string, string>>;

function sale(changes: Changes, surroundings: Surroundings = {}, applications = both): Run {
  const terminal = { ...contactInput.terminal, applications };
  return run({ card: scripted(changes), input: { ...contactInput, terminal }, ...surroundings });
}

/** Names of the SELECT commands after the PSE, `+` for "next". */
function selected({ commands }: Run): readonly string[] {
  return commands
    .filter((command) => command.startsWith('00A404') && command !== selectPse)
    .map((command) => (command.startsWith('00A40402') ? '+' : '') + command.slice(10, -2));
}

function labels({ requests }: Run): readonly (readonly string[])[] {
  return requests.flatMap((request) => (request.kind === 'chooseApplication' ? [request.labels] : []));
}

function reason({ end }: Run): string | undefined {
  const outcome = end.kind === 'outcome' ? end.result.outcome : undefined;
  return outcome?.kind === 'endApplication' ? outcome.reason : undefined;
}

const noPse = { [selectPse]: '6A82' };

const entry = (...entries: readonly (readonly Tlv[])[]): Changes => ({
  '00B2010C': directoryRecord(...entries),
});

describe('the directory (PSE)', () => {
  it('is read to its end, and what terminal and card share is offered best first', () => {
    const card = {
      ...entry([p('4F', visa), text('50', 'VISA DEBIT'), p('87', '02')], [p('4F', 'A0000000041010'), text('50', 'M')]),
      '00B2020C': directoryRecord([p('4F', aid), text('50', 'NAPAS DEBIT'), p('87', '01')], [p('4F', `${visa}01`)]),
      '00B2030C': '6A83',
    };
    const ended = sale(card, { choice: 0 });
    expect(ended.commands.slice(0, 4)).toEqual([selectPse, '00B2010C00', '00B2020C00', '00B2030C00']);
    expect(labels(ended)).toEqual([['NAPAS DEBIT', 'VISA DEBIT', 'VISA']]);
    expect(selected(ended)).toEqual([aid]);
  });

  it('uses the preferred name where its alphabet is known', () => {
    const named = entry(
      [p('4F', visa), text('50', 'VISA'), text('9F12', 'Caf\u00e9')],
      [p('4F', aid), text('50', 'NAPAS')],
    );
    expect(labels(sale({ ...named, [selectPse]: pse(p('9F11', '01')) }))).toEqual([['Café', 'NAPAS']]);
    expect(labels(sale({ ...named, [selectPse]: pse(p('9F11', '05')) }))).toEqual([['VISA', 'NAPAS']]);
  });

  it.each<[string, Changes]>([
    ['no PSE', noPse],
    ['PSE blocked', { [selectPse]: '6283' }],
    ['PSE refused otherwise', { [selectPse]: '6985' }],
    ['FCI is not TLV', { [selectPse]: '6F059000' }],
    ['FCI without the number of the file', { [selectPse]: ok(constructed('6F', [constructed('A5', [])])) }],
    ['number of a file that cannot be', { [selectPse]: ok(constructed('6F', [constructed('A5', [p('88', '0B')])])) }],
    ['record is not TLV', { '00B2010C': '70059000' }],
    ['record is no template 70', { '00B2010C': ok(constructed('77', [])) }],
    ['record with something behind it', { '00B2010C': '70009F3602000170009000' }],
    ['record refused', { '00B2010C': '6985' }],
    ['a later record refused', { '00B2020C': '6985' }],
    ['nothing that the terminal takes', entry([p('4F', 'A0000000041010')])],
    ['entries without a name', entry([text('50', 'X')], [p('4F', '01020304')])],
    [
      'entries of further directories only',
      { '00B2010C': ok(constructed('70', [constructed('73', [p('9D', '01')])])) },
    ],
    ['an empty directory', { '00B2010C': '6A83' }],
  ])('%s: the AIDs are tried one after the other', (_, card) => {
    expect(selected(sale(card))).toEqual([aid, visa, aid]);
  });

  it('card blocked: no more is asked', () => {
    const ended = sale({ [selectPse]: '6A81' });
    expect(reason(ended)).toBe('applicationBlocked');
    expect(ended.commands).toEqual([selectPse]);
  });
});

describe('the list of AIDs', () => {
  const partial = [contactApplication('A000000003', 'VISA'), contactApplication(aid, 'NAPAS')];
  const first = { [select('A000000003')]: fci(visa, text('50', 'DEBIT'), p('87', '02')) };
  const next = (answer: string): Changes => ({ ...noPse, ...first, [selectNext('A000000003')]: answer });

  it('asks for the next one while names are longer than the AID', () => {
    let more = 0;
    const card = scripted({ ...noPse, ...first, [select(aid)]: '6A82', [select(electron)]: fci(electron) });
    const terminal = { ...contactInput.terminal, applications: partial };
    const ended = run({
      input: { ...contactInput, terminal },
      card: (command) => {
        if (!command.startsWith('00A40402')) return card(command);
        more += 1;
        return more === 1 ? fci(electron, text('50', 'ELECTRON'), p('87', '01')) : '6A82';
      },
    });
    expect(labels(ended)).toEqual([['ELECTRON', 'DEBIT']]);
    expect(selected(ended)).toEqual(['A000000003', '+A000000003', '+A000000003', aid, electron]);
  });

  it.each([
    ['the same again', fci(visa)],
    ['another AID', fci('A0000000041010')],
    ['no name', ok(constructed('6F', []))],
    ['no TLV', '6F059000'],
    ['no more', '6A82'],
    ['not supported', '6A81'],
  ])('ends with "next": %s', (_, answer) => {
    expect(selected(sale({ ...next(answer), [select(aid)]: '6A82' }, {}, partial))).toEqual([
      'A000000003',
      '+A000000003',
      aid,
      visa,
    ]);
  });

  it('a blocked one is not offered, and the next one is asked for', () => {
    const blocked = fci(visa).replace(/9000$/, '6283');
    const card = { ...next(fci(electron)), [select('A000000003')]: blocked, [select(aid)]: '6A82' };
    expect(selected(sale(card, {}, partial))).toEqual(['A000000003', '+A000000003', '+A000000003', aid, electron]);
  });

  it('a longer name does not match an AID that wants to be exact', () => {
    const exact = [{ ...contactApplication('A000000003', 'VISA'), selection: 'exact' } as const];
    const ended = sale({ ...noPse, ...first }, {}, exact);
    expect(selected(ended)).toEqual(['A000000003']);
    expect(reason(ended)).toBe('noSupportedApplication');
  });

  it('AIDs of the other interface are not tried', () => {
    const ended = sale({ ...noPse, [select(aid)]: '6A82' }, {}, [
      contactlessApplication(visa, 'VISA', '03'),
      ...both.slice(0, 1),
    ]);
    expect(selected(ended)).toEqual([aid]);
  });

  it('card blocked: no more is asked', () => {
    const ended = sale({ ...noPse, [select(aid)]: '6A81' });
    expect(reason(ended)).toBe('applicationBlocked');
    expect(selected(ended)).toEqual([aid]);
  });
});

describe('who chooses (Book 1 §12.4)', () => {
  const two = {
    '00B2010C': directoryRecord([p('4F', aid), p('87', '81')], [p('4F', visa), p('87', '02')]),
    [select(visa)]: fci(visa),
  };
  const single = { '00B2010C': directoryRecord([p('4F', aid), p('87', '81')]) };
  const blind = { ...contactInput.terminal, additionalTerminalCapabilities: '600000A001', applications: both };

  it('the cardholder, among several', () => expect(selected(sale(two, { choice: 1 }))).toEqual([visa]));
  it('the cardholder confirms a single one that wants it', () => {
    const ended = sale(single);
    expect(labels(ended)).toEqual([['NAPAS']]);
    expect(selected(ended)).toEqual([aid]);
  });
  it('nobody, for a single one that does not', () => expect(labels(sale({}))).toEqual([]));

  it.each([['cancelled' as const], [7], [-1], [0.5]])('nothing was chosen (%s): the sale ends', (choice) => {
    const ended = sale(two, { choice });
    expect(selected(ended)).toEqual([]);
    expect(reason(ended)).toBe('cancelledByCardholder');
  });

  it('the terminal that cannot ask: the best that needs no confirmation', () => {
    const input = { ...contactInput, terminal: blind };
    const ended = run({ card: scripted(two), input });
    expect(labels(ended)).toEqual([]);
    expect(selected(ended)).toEqual([visa]);
    expect(reason(run({ card: scripted(single), input }))).toBe('noSupportedApplication');
  });
});

describe('an application that will not do is left out', () => {
  const two = {
    '00B2010C': directoryRecord([p('4F', aid), p('87', '01')], [p('4F', visa), p('87', '02')]),
    [select(visa)]: fci(visa),
  };

  it.each<[string, Changes]>([
    ['cannot be selected', { [select(aid)]: '6A82' }],
    ['blocked', { [select(aid)]: '6283' }],
    ['FCI is not TLV', { [select(aid)]: '6F059000' }],
    ['FCI without DF name', { [select(aid)]: ok(constructed('6F', [constructed('A5', [])])) }],
    ['another one was selected', { [select(aid)]: fci(visa) }],
    ['does not want this transaction', { '80A8': '6985' }],
  ])('%s: the other one is selected without asking again', (_, changes) => {
    let options = 0;
    const card = scripted({ ...two, ...changes });
    const terminal = { ...contactInput.terminal, applications: both };
    const ended = run({
      input: { ...contactInput, terminal },
      card: (command) => {
        if (command.startsWith('80A8')) options += 1;
        return command.startsWith('80A8') && options > 1 ? (good['80A8'] ?? '') : card(command);
      },
    });
    expect(labels(ended)).toHaveLength(1);
    expect(selected(ended)).toEqual([aid, visa]);
  });

  it('until there is none', () => {
    expect(reason(sale({ [select(aid)]: '6283' }))).toBe('applicationBlocked');
    expect(reason(sale({ [select(aid)]: '6A82' }))).toBe('noSupportedApplication');
    expect(reason(sale({ '80A8': '6985' }))).toBe('noSupportedApplication');
  });
});

describe('a card that answers in pieces', () => {
  it('its data are fetched, also after a warning', () => {
    const [fciOfPse = ''] = [good[selectPse]];
    const card = scripted();
    let pieces = '';
    const ended = run({
      card: (command) => {
        if (command.startsWith('00C00000')) {
          const asked = Number.parseInt(command.slice(8, 10), 16);
          return asked === 0 ? `6C${(pieces.length / 2).toString(16).padStart(2, '0')}` : `${pieces}9000`;
        }
        const answer = card(command);
        if (!command.startsWith('00A404')) return answer;
        pieces = answer.slice(0, -4);
        return command === selectPse ? '6286' : `61${(pieces.length / 2).toString(16).padStart(2, '0')}`;
      },
    });
    expect(fciOfPse).not.toBe('');
    // A warning about the PSE is still no 9000: the AIDs are tried.
    expect(selected(ended)).toEqual([aid, aid]);
    expect(ended.end.kind).toBe('completed');
  });
});
