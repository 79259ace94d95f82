/**
 * `cham`: the command line. Picks the command; each lives in its own file and loads only what it needs.
 */
import { complain, exitCodes, say, type ExitCode } from './output.ts';

const help = `Chạm, a payment terminal.

Usage: npm run cham -- <command> [options]    (npm start is "run", npm run demo is "demo")

Run it
  run               start the terminal service and open the kiosk
  demo              one card sale and one QR sale, unattended; receipts as PNG in ./out
  relay             on a server: receives webhooks for terminals behind shop routers (docs/relay.md)
  doctor            check this machine: packages, devices, ports, journal, vault, disk, clock

The day's money (all read only, while the terminal runs or is stopped)
  stored            what the bank has not answered yet, what is at risk, what needs a person
  batches           the open batch with its totals, closed ones, settled ones
  reconcile         the journal against the host's list and the bank's statement

The journal
  journal verify    check the whole journal: hash chain, signatures, anchor
  journal show      print the journal's events, newest last
  journal backup    a checked copy of the journal while the terminal runs
  journal export    the journal as JSON Lines or CSV, with a verifier for third parties

Setting up, updating, taking away
  unsent            before an update, a reset or new keys: would anything be left behind?
  reset             factory reset: the journal is archived, the next start begins a new book
  supervisor        make the hash of a supervisor's code for the configuration

Looking into things
  inspect iso8583   what a host message in hexadecimal says, in any configured dialect
  inspect emv       what a card's data objects (BER-TLV) in hexadecimal say, bit by bit
  inspect trace     a recorded card session, step by step: asked, answered, decided on which bits
  inspect qr        what a payment QR code says, merchant- or consumer-presented
  qr make           make a VietQR or other payment code: payload, drawing in the terminal, PNG, SVG

Every command takes --json for one JSON document on standard output, and --help for its own options.

Exit codes: 0 fine; 1 something wrong was found; 2 wrong usage; 3 refused, since the terminal must
not trade or something would be lost (the message says why); 70 a bug in Chạm.

Examples
  npm run cham -- run --data /var/lib/cham --shell none
  npm run cham -- doctor --data /var/lib/cham
  npm run cham -- stored --data /var/lib/cham --lang en
  npm run cham -- batches --data /var/lib/cham
  npm run cham -- reconcile --host list.csv --host-format training-acquirer
  npm run cham -- journal verify --data /var/lib/cham --json
  npm run cham -- journal backup --data /var/lib/cham --to /media/stick/cham-2026-09-30
  npm run cham -- unsent --data /var/lib/cham
  npm run cham -- reset --data /var/lib/cham --yes
  npm run cham -- supervisor
  npm run cham -- inspect iso8583 --dialect list
`;

type Command = (args: readonly string[]) => Promise<ExitCode>;

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).run,
  demo: async () => (await import('./demo.ts')).demo,
  stored: async () => (await import('./stored.ts')).stored,
  batches: async () => (await import('./batches.ts')).batches,
  unsent: async () => (await import('./unsent.ts')).unsent,
  reset: async () => (await import('./reset.ts')).reset,
  supervisor: async () => (await import('./supervisor.ts')).supervisor,
  journal: async () => (await import('./journal.ts')).journal,
  reconcile: async () => (await import('./reconcile.ts')).reconcile,
  inspect: async () => (await import('./inspect.ts')).inspect,
  qr: async () => (await import('./qr.ts')).qr,
  relay: async () => (await import('./relay.ts')).relay,
  doctor: async () => (await import('./doctor.ts')).doctor,
};

async function main([name, ...args]: readonly string[]): Promise<ExitCode> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    say(help);
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    complain(`There is no command "${name}".\n\n${help}`);
    return exitCodes.usage;
  }
  return (await load())(args);
}

// A bug stops the process, and the next start recovers from the journal; what is printed is scrubbed like a log line.
process.on('uncaughtException', (error) => {
  complain(`Chạm stopped because of a bug in it. Start it again: sales are taken up from the journal.\n${error.stack}`);
  process.exit(exitCodes.bug);
});

// Whoever read the output has left, as `head` does when it has enough: no bug, and nobody to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.found);
});

const code = await main(process.argv.slice(2));
// A pipe takes what its reader is too slow for only after the write has returned; exiting before would lose it.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
// At once: a driver's call into a library that never answers would otherwise keep the process alive.
process.exit(code);
