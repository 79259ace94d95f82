/**
 * A simulated card behind vpcd, the virtual reader of vsmartcard: run as a program inside the lab's network
 * namespace, where vpcd's port is. Reads commands from standard input, one a line, and answers each with one line:
 *
 *     insert <card id>   → inserted          the card of config/simulated/cards.json comes into the field or slot,
 *     insert <card id> {"blocked": true}     or one that differs from it, with counters and PIN tries of its own
 *     freeze             → frozen            stops answering,
 *     thaw               → thawed            and answers what was asked meanwhile
 *     remove             → removed           and leaves it again
 *
 * Ends with its input, so that it never outlives the test that started it.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { defaultCardFile, loadCardProfiles } from '../../drivers/simulated/card/profiles.ts';
import { simulatedCard, type SimulatedCard } from '../../drivers/simulated/card/simulated-card.ts';

/** vpcd's default port, 0x8C7B; the second slot has the next one. */
const vpcdPort = 35_963;

/** Control codes of the vpcd protocol: messages of one byte. Only the last one is answered. */
const control = { powerOff: 0, powerOn: 1, reset: 2, getAtr: 4 } as const;

const profiles = loadCardProfiles(defaultCardFile);
if ('problems' in profiles) throw new Error(`cards: ${JSON.stringify(profiles.problems)}`);
const byId = new Map(profiles.map((profile) => [profile.id, profile]));
const cards = new Map(profiles.map((profile) => [profile.id, simulatedCard(profile)]));

let inField: Socket | undefined;
let frozen = false;
let answerPending: () => void = () => undefined;

/** Speaks for the card until either side closes: messages have a length of two bytes, big-endian, before them. */
function serve(socket: Socket, card: SimulatedCard): void {
  let buffer = Buffer.alloc(0);
  const send = (bytes: Uint8Array): void => {
    const frame = Buffer.alloc(2 + bytes.length);
    frame.writeUInt16BE(bytes.length);
    frame.set(bytes, 2);
    socket.write(frame);
  };
  const take = (message: Uint8Array): void => {
    if (message.length === 1) {
      if (message[0] === control.getAtr) send(card.atr);
      if (message[0] === control.powerOn || message[0] === control.reset) card.enter();
      return;
    }
    const answer = card.exchange(message);
    if (answer.ok) send(answer.value);
    else socket.destroy();
  };
  answerPending = (): void => {
    if (frozen) return;
    while (buffer.length >= 2 && buffer.length >= 2 + buffer.readUInt16BE()) {
      const end = 2 + buffer.readUInt16BE();
      const message = buffer.subarray(2, end);
      buffer = buffer.subarray(end);
      take(message);
    }
  };
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    answerPending();
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The card of that id, or one made for the occasion. */
function cardFor(id: string, changes: string): SimulatedCard | undefined {
  if (changes === '') return cards.get(id);
  const profile = byId.get(id);
  return profile === undefined ? undefined : simulatedCard({ ...profile, ...(JSON.parse(changes) as object) });
}

function insert(id: string, changes: string): void {
  const card = cardFor(id, changes);
  if (card === undefined) return say(`no card ${id}`);
  const socket = connect(vpcdPort, '127.0.0.1', () => say('inserted'));
  socket.setNoDelay(true);
  socket.on('error', (error) => say(`vpcd: ${error.message}`));
  serve(socket, card);
  inField = socket;
}

function freeze(stiff: boolean): void {
  frozen = stiff;
  answerPending();
  say(stiff ? 'frozen' : 'thawed');
}

function remove(): void {
  inField?.once('close', () => say('removed'));
  inField?.destroy();
  inField = undefined;
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [command, id = '', ...changes] = line.split(' ');
    if (command === 'insert') insert(id, changes.join(' '));
    else if (command === 'remove') remove();
    else if (command === 'freeze' || command === 'thaw') freeze(command === 'freeze');
    else say(`unknown command ${command}`);
  })
  .on('close', () => process.exit(0));
