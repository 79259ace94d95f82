/** Traces: text and back, what of a session is blanked, and the story it tells. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TraceCard } from '../../../../drivers/simulated/card/trace.ts';
import { fromLatin1, hex, latin1, toHex } from '../../base/bytes.ts';
import { encodeTlv, parseTlv, primitive } from '../../tlv/ber-tlv.ts';
import { TraceRecorder } from './recorder.ts';
import { redactSession } from './redact.ts';
import { tellStory, type TraceStep } from './story.ts';
import { parseTrace, writeTrace, type CardTrace } from './trace-text.ts';

const pan = '9704000000000018';

function parsed(text: string): CardTrace {
  const trace = parseTrace(text);
  if (!trace.ok) throw new Error(trace.fault.detail);
  return trace.value;
}

/** `[command, answer]` without arrows, redacted; back come the answers, or the commands. */
function redacted(session: readonly (readonly [command: string, response: string])[]): {
  commands: string[];
  responses: string[];
} {
  const exchanges = session.map(([command, response]) => ({ command: hex(command), response: hex(response) }));
  redactSession(exchanges);
  return {
    commands: exchanges.map(({ command }) => toHex(command)),
    responses: exchanges.map(({ response }) => toHex(response)),
  };
}

const readRecord = '00B2010C00';

describe('text', () => {
  it('says who, what, how long, and how it ended', () => {
    const text = [
      '# interface: contact',
      '=> 00A4040007A000000003101000',
      '<= 6A82',
      '# 12.4 ms',
      '# => 00B2010C00 (the card was removed)',
      '# outcome: tryAgain',
      '',
    ].join('\n');
    const trace = parsed(text);
    expect(trace.remarks).toEqual([
      { key: 'interface', value: 'contact' },
      { key: 'outcome', value: 'tryAgain' },
    ]);
    expect(trace.exchanges).toEqual([
      { command: hex('00A4040007A000000003101000'), response: hex('6A82'), elapsedMs: 12.4, line: 2 },
      { command: hex('00B2010C00'), response: undefined, unanswered: 'the card was removed', line: 5 },
    ]);
    const [interfaceOf, ...closing] = trace.remarks;
    expect(writeTrace({ ...trace, remarks: interfaceOf === undefined ? [] : [interfaceOf] }, closing)).toBe(text);
  });

  it.each([
    '-> 00b2010c00\n<- 6a83',
    '>> 00 B2 01 0C 00\r\n<< 6A 83\r\n',
    '> 00B2010C00\n< [6A83]',
    'C-APDU: 00B2010C00\nR-APDU: 6A83',
    'TX 00:B2:01:0C:00\nRX 6A:83',
    '[12:00:01.123] Sent: 00B2010C00\n12:00:01.200 Received: 6A83',
    '\ufeff// another program\n; its remark\n=> 00B2010C00\n<= 6A83',
  ])('reads what other programs write: %j', (text) => {
    const [only, ...more] = parsed(text).exchanges;
    expect([only?.command, only?.response, more]).toEqual([hex('00B2010C00'), hex('6A83'), []]);
  });

  it.each([
    ['', 1, /no exchange/],
    ['# only a remark', 1, /no exchange/],
    ['=> 00B2010C00\nhello', 2, /expected "=> hex"/],
    ['=> 00B2010C0\n<= 9000', 1, /a command in hexadecimal/],
    ['=> 00B2\n<= 9000', 1, /at least four bytes/],
    [`=> ${'00'.repeat(262)}\n<= 9000`, 1, /at most 261/],
    ['=> 00B2010C00\n\n=> 00B2020C00\n<= 9000', 1, /a command without an answer/],
    ['<= 9000', 1, /an answer without a command/],
    ['=> 00B2010C00\n<= 90', 2, /two status bytes/],
    ['=> 00B2010C00\n<= xyz', 2, /an answer in hexadecimal/],
  ])('%j is malformed at line %i', (text, line, reason) => {
    expect(parseTrace(text)).toMatchObject({ ok: false, fault: { line, reason: expect.stringMatching(reason) } });
  });

  it('any text is read or refused, never more', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('=> 00A40400', '<= 9000', '# 1 ms', '# => 00A40400', '=> ', '>'),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const trace = parseTrace(lines.join('\n'));
        if (trace.ok) expect(parsed(writeTrace(trace.value)).exchanges).toHaveLength(trace.value.exchanges.length);
        else expect(trace.fault.line).toBeGreaterThan(0);
      }),
    );
  });
});

/** An object by its value; in a record (template 70), with the status word of success. */
const object = (tag: string, value: string): string => toHex(encodeTlv([primitive(tag, hex(value))]));
const template = (tag: string, ...objects: readonly string[]): string =>
  tag + toHex(Uint8Array.of(objects.join('').length / 2)) + objects.join('');
const record = (...objects: readonly string[]): string => `${template('70', ...objects)}9000`;

describe('redaction', () => {
  it('blanks digits and names, and keeps lengths, separators, expiry date and service code', () => {
    const answer = record(
      object('5A', pan),
      object('57', `${pan}D31122011234567890F`.padEnd(38, 'F')),
      object('5F20', toHex(latin1('NGUYEN VAN A'))),
      object('5F24', '311231'),
    );
    expect(redacted([[readRecord, answer]]).responses).toEqual([
      record(
        object('5A', '0'.repeat(16)),
        object('57', `${'0'.repeat(16)}D31122010000000000F`.padEnd(38, 'F')),
        object('5F20', '20'.repeat(12)),
        object('5F24', '311231'),
      ),
    ]);
  });

  it.each<[string, Uint8Array]>([
    ['5A', hex(pan)],
    ['57', hex(`${pan}D3112201123456`)],
    ['57', hex(`${pan}31122011234567`)],
    ['9F6B', hex(`${pan}D3112201123456`)],
    ['56', latin1('B9704000000000018^NGUYEN/AN^3112201000')],
    ['9F1F', latin1('123456789')],
    ['9F20', hex('123456789F')],
    ['5F20', latin1('NGUYEN/AN')],
    ['9F0B', latin1('NGUYEN VAN AN THE ELDEST SON OF')],
    ['5F53', latin1('VN12349704')],
    ['9F24', latin1('V0010013018036398670712345678')],
    ['9F46', new Uint8Array(64).fill(0x12)],
    ['9F2D', new Uint8Array(64).fill(0x12)],
    ['DF812A', hex('1234567890')],
  ])('%s, in a record or in an answer to GET DATA', (tag, value) => {
    for (const answer of [record(object(tag, toHex(value))), `${object(tag, toHex(value))}9000`]) {
      const { responses } = redacted([['80CA9F7F00', answer]]);
      const [left = ''] = responses;
      expect(left).toHaveLength(answer.length);
      expect(left).not.toMatch(/9704|123456|4E475559|3132333435|121212/);
      expect(fromLatin1(hex(left))).not.toMatch(/NGUYEN|9704|1234/);
      expect(parseTlv(hex(left.slice(0, -4))).ok).toBe(true);
    }
  });

  it('PIN blocks, clear and enciphered, whatever Lc says', () => {
    const { commands } = redacted([
      ['0020008008241234FFFFFFFFFF', '9000'],
      [`0020008840${'AB'.repeat(64)}`, '63C2'],
      ['0020008002241234FFFFFFFFFF', '9000'],
      [`8424000218${'CD'.repeat(24)}`, '9000'],
    ]);
    expect(commands.map((command) => command.slice(10))).toEqual([16, 128, 16, 48].map((digits) => '0'.repeat(digits)));
  });

  it('card data that the terminal sends back, when the card asks for them', () => {
    const data = `000000045000${pan}DEADBEEF${pan}D311220112345678`;
    const { commands } = redacted([
      ['00A4040007A000000727101000', `${template('6F', object('84', 'A0000007271010'))}9000`],
      [readRecord, record(object('8C', '9F02065A089F37045710'))],
      [`80AE8000${toHex(Uint8Array.of(data.length / 2))}${data}00`, '6985'],
    ]);
    expect(commands[2]?.slice(10, -2)).toBe(`000000045000${'0'.repeat(16)}DEADBEEF${'0'.repeat(16)}D311220100000000`);
  });

  it.each([
    ['an object nobody knows', record(object('DF01', pan))],
    ['text in an object nobody knows', record(object('DF01', toHex(latin1(pan))))],
    ['text in a label', record(object('50', toHex(latin1(pan))))],
    ['an object cut off', `700B5A09${pan}9000`],
    ['behind the last object', record(object('5F24', '311231')).replace('9000', `${pan}9000`)],
    ['no data object at all', `${pan}9000`],
    ['no data object at all, as text', `${toHex(latin1(pan))}9000`],
  ])('%s', (_, answer) => {
    const { responses } = redacted([[readRecord, answer]]);
    expect(responses[0]).toHaveLength(answer.length);
    expect(responses[0]).not.toMatch(/970400|39373034/);
  });

  it('commands that no payment application knows', () => {
    expect(redacted([['00CB3FFF00', `01${pan}9000`]]).responses[0]).not.toContain(pan);
    expect(redacted([[`80DA9F7C08${pan}`, '9000']]).commands[0]).not.toContain(pan);
  });

  it('a PAN that arrives in two parts', () => {
    const { responses } = redacted([
      [readRecord, '700A5A0897046105'],
      ['00C0000006', '0000000000189000'],
    ]);
    expect(responses).toEqual(['700A5A0800006105', '0000000000009000']);
  });

  it('leaves the rest as it is: labels, lists, cryptograms, counters', () => {
    const fci = template('6F', object('84', 'A0000000031010'), object('50', toHex(latin1('VISA DEBIT'))));
    const options = template('77', object('82', '2000'), object('94', '08010100'), object('9F36', '0001'));
    const issuer = object('9F10', '0FA501A0380000000000000000000000');
    const plain = [
      ['00A4040007A000000003101000', `${fci}9000`],
      ['80A80000068304B6204000', `${options}9000`],
      [readRecord, record(object('8E', '000000000000000042031E031F00'), issuer)],
      ['80CA9F3600', `${object('9F36', '0001')}9000`],
      ['0084000008', 'A1B2C3D4E5F6A7B89000'],
    ] as const;
    expect(redacted(plain).responses).toEqual(plain.map(([, response]) => response));
  });

  it('a card may ask for whatever it likes: templates, and tags that are none', () => {
    const session = [
      ['00A4040007A000000003101000', `${template('6F', template('A5', object('9F38', '6104E1020003')))}9000`],
      ['80A800000B8309010203040506070809 00'.replace(' ', ''), '6985'],
    ] as const;
    expect(redacted(session).responses).toEqual(session.map(([, response]) => response));
  });

  it('no answer of any bytes grows, shrinks or throws', () => {
    const bytes = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, bytes), { maxLength: 6 }), (session) => {
        const lengths = session.map(([command, response]) => [command.length, response.length]);
        redactSession(session.map(([command, response]) => ({ command, response })));
        expect(session.map(([command, response]) => [command.length, response.length])).toEqual(lengths);
      }),
    );
  });

  it('no PAN of a record survives, wherever it stands', () => {
    const place = fc.constantFrom('5A', '57', 'DF01', '9F6C', '50', '5F50');
    fc.assert(
      fc.property(place, fc.uint8Array({ maxLength: 6 }), (tag, before) => {
        const junk = toHex(before.map((byte) => byte | 0xa0));
        const { responses } = redacted([[readRecord, record(object('DF02', junk), object(tag, pan))]]);
        expect(responses[0]).not.toContain(pan);
      }),
    );
  });
});

describe('recorder', () => {
  it('writes what TraceCard plays, keeps its own bytes, and is empty afterwards', () => {
    const recorder = new TraceRecorder([{ key: 'interface', value: 'contactless' }]);
    const answer = hex(`700A5A08${pan}9000`);
    recorder.exchanged(hex(readRecord), answer, 12.34);
    answer.fill(0);
    recorder.exchanged(hex('00B2020C00'), 'removed', 3);
    const text = recorder.finish([{ key: 'outcome', value: 'tryAgain' }]);
    expect(text.split('\n')).toEqual([
      '# interface: contactless',
      `=> ${readRecord}`,
      '<= 700A5A0800000000000000009000',
      '# 12.3 ms',
      '# => 00B2020C00 (the card was removed)',
      '# 3.0 ms',
      '# outcome: tryAgain',
      '',
    ]);
    const card = TraceCard.parse(text.split('\n'));
    if (!card.ok) throw new Error(card.fault.detail);
    expect(card.value.process(hex(readRecord)).ok).toBe(true);
    expect(card.value.finish().ok).toBe(true);
    expect(recorder.finish([])).toBe('# interface: contactless\n');
  });

  it('stops at a limit, and says how much it left out', () => {
    const recorder = new TraceRecorder([]);
    for (let count = 0; count < 600; count += 1) recorder.exchanged(hex(readRecord), hex('6A83'), 1);
    const text = recorder.finish([]);
    expect(parsed(text).exchanges).toHaveLength(512);
    expect(text).toContain('# not recorded: 88 more exchanges');
  });
});

const select = ['=> 00A4040007A000000003101000', `<= ${template('6F', object('84', 'A0000000031010'))}9000`];
const lists = record(
  object('8C', '95059F37049F02069F3403'),
  object('8D', '8A029505'),
  object('9F0D', '8000000000'),
  object('9F0E', '0000000000'),
  object('9F0F', '0000008000'),
);

/** A contact sale: everything a story tells. */
const sale = [
  '=> 00A404000E315041592E5359532E444446303100',
  '<= 6A82',
  select[0],
  `<= 61${toHex(Uint8Array.of((select[1]?.length ?? 0) / 2 - 3))}`,
  '=> 00C0000000',
  select[1],
  '=> 80A8000002830000',
  `<= ${object('80', '1C000801010010010101')}9000`,
  '=> 00B2010C00',
  '<= 70009000',
  '=> 00B2011400',
  `<= ${lists}`,
  '=> 80CA9F1700',
  '<= 9F1701029000',
  '=> 0020008008241234FFFFFFFFFF',
  '<= 63C1',
  '=> 80AE800012 8000008000 DEADBEEF 000000045000 010002 00',
  '<= 800B 80 0001 1122334455667788 9000',
  '=> 008200000A 1122334455667788 3030',
  '<= 6300',
  '=> 04DA9F580100',
  '<= 6A80',
  '=> 80AE400007 3030 8000008000 00',
  '<= 800B 00 0001 1122334455667788 9000',
  '=> 00CB3FFF00',
  '<= 6D00',
].join('\n');

function story(text: string): readonly TraceStep[] {
  return tellStory(parsed(text));
}

describe('story', () => {
  const steps = story(sale);

  it('names each step', () => {
    expect(steps.map(({ kind }) => kind)).toEqual([
      'pse',
      'selection',
      'processingOptions',
      'readRecord',
      'readRecord',
      'getData',
      'verify',
      'firstGenerateAc',
      'externalAuthenticate',
      'script',
      'secondGenerateAc',
      'other',
    ]);
    expect(steps[1]?.exchanges).toHaveLength(2);
    expect(steps[0]?.status).toEqual({ sw: 0x6a82, meaning: 'no such file or application' });
  });

  it('says which records are signed, and what VERIFY found', () => {
    expect(steps[2]?.says).toEqual(['2 record(s) to read, 1 of them under offline data authentication.']);
    expect(steps[4]?.says).toEqual(['Under offline data authentication.']);
    expect(steps[6]?.status?.meaning).toBe('wrong PIN, 1 tries left');
    expect(steps[6]?.asked).toEqual([]);
  });

  it('takes the data of GENERATE AC apart, and names request, bits and answer', () => {
    const first = steps[7];
    expect(first?.asked.map(({ tag, value }) => [tag, toHex(value)])).toEqual([
      ['95', '8000008000'],
      ['9F37', 'DEADBEEF'],
      ['9F02', '000000045000'],
      ['9F34', '010002'],
    ]);
    expect(first?.answered.map(({ tag }) => tag)).toEqual(['9F27', '9F36', '9F26']);
    expect(first?.says).toEqual([
      'The terminal asked for ARQC (ask the issuer online).',
      'TVR: byte 1 bit 8 Offline data authentication was not performed; byte 4 bit 8 Transaction exceeds floor limit.',
      "The card's IAC–Online names of these: byte 4 bit 8 Transaction exceeds floor limit.",
      'The card answered ARQC (ask the issuer online).',
    ]);
  });

  it('what came after the host', () => {
    expect(steps[8]?.says).toEqual(['Issuer authentication failed: TVR byte 5 bit 7.']);
    expect(steps[9]?.says).toEqual(['The script failed before the final GENERATE AC: TVR byte 5 bit 6.']);
    expect(steps[10]?.says).toContain('The card answered AAC (decline).');
    expect(steps[10]?.says).toContain('The card was stricter than the terminal.');
    expect(steps[10]?.says.join()).not.toContain('IAC');
  });

  it('when the host could not be asked, the default action code counts', () => {
    const second = story(sale.replace('=> 80AE400007 3030', '=> 80AE400007 5933'))[10];
    expect(second?.says).toEqual([
      'The terminal asked for TC (approve).',
      'TVR: byte 1 bit 8 Offline data authentication was not performed; byte 4 bit 8 Transaction exceeds floor limit.',
      "The card's IAC–Default names of these: byte 1 bit 8 Offline data authentication was not performed.",
      'The card answered AAC (decline).',
      'The card was stricter than the terminal.',
    ]);
  });

  it('a card that decides in GET PROCESSING OPTIONS', () => {
    const fci = template('6F', object('84', 'A0000000031010'), template('A5', object('9F38', '9F66049F3704')));
    const answer = template('77', object('82', '2000'), object('9F27', '80'), object('9F26', '1122334455667788'));
    const [, options] = story(
      [
        '=> 00A4040007A000000003101000',
        `<= ${fci}9000`,
        '=> 80A800000A830832004080DEADBEEF00',
        `<= ${answer}9000`,
      ].join('\n'),
    );
    expect(options?.asked.map(({ tag, value }) => [tag, toHex(value)])).toEqual([
      ['9F66', '32004080'],
      ['9F37', 'DEADBEEF'],
    ]);
    expect(options?.says).toContain('The card decided at once: ARQC (ask the issuer online).');
  });

  it('any session is told to its end', () => {
    const bytes = fc.uint8Array({ minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 60 }), bytes)), (session) => {
        const exchanges = session.map(([command, response], index) => ({ command, response, line: index + 1 }));
        const told = tellStory({ remarks: [], exchanges });
        expect(told.flatMap((step) => step.exchanges)).toHaveLength(exchanges.length);
      }),
    );
  });
});
