/**
 * The C interface of libpcsclite (winscard API), as far as a terminal needs it, over koffi. On Linux a DWORD is an
 * `unsigned long` and handles are `long`: eight bytes on the 64-bit machines this runs on.
 *
 * No call can be interrupted. Each is made on a thread of the libuv pool, which has four for the whole process, files
 * and DNS included: a pcscd that never answers keeps the thread. So whoever uses this has at most one call under way
 * and, until it returns, makes no other (the reader driver: one to watch, one for the card, so two threads at most).
 */
import { isMainThread } from 'node:worker_threads';
import type { KoffiFunc } from 'koffi';
import { assert } from '../../src/core/base/assert.ts';
import { err, ok, type Result } from '../../src/core/base/result.ts';
import { pcscCode, pcscFault, pcscSuccess, type PcscFault } from './pcsc-codes.ts';

const library = 'libpcsclite.so.1';

const scopeSystem = 2;
const shareShared = 2;
const protocols = { t0: 1, t1: 2 } as const;
const unpowerCard = 2;
/** Size of SCARD_IO_REQUEST. */
const pciLength = 16;
const maxAtrLength = 33;
/** Short C-APDU: header, Lc, 255 bytes, Le. Its longest answer: 256 bytes and SW1-SW2. */
const maxCommandLength = 261;
const maxResponseLength = 258;
const sending = 'sending a command to the card';
const maxReaderNamesLength = 4096;

/** Name of a reader that does not exist: waiting on it ends when readers come and go. */
export const pnpNotification = '\\\\?PnP?\\Notification';

/** Bits of a reader state (pcsclite.h SCARD_STATE_*); the upper 16 bits count insertions and removals. */
export const readerStateBit = {
  changed: 0x0002,
  unknown: 0x0004,
  unavailable: 0x0008,
  present: 0x0020,
  mute: 0x0200,
} as const;

interface ReaderStateStruct {
  szReader: string;
  pvUserData: null;
  dwCurrentState: number;
  dwEventState: number;
  cbAtr: number;
  rgbAtr: Uint8Array;
}

type Code = number;
type Cell = [number];

/** The bound functions; only `PcscContext` and `PcscCard` call them. */
export interface WinscardFunctions {
  readonly establish: KoffiFunc<(scope: number, reserved1: null, reserved2: null, context: Cell) => Code>;
  readonly release: KoffiFunc<(context: number) => Code>;
  readonly listReaders: KoffiFunc<(context: number, groups: null, names: Uint8Array, length: Cell) => Code>;
  readonly statusChange: KoffiFunc<
    (context: number, timeoutMs: number, states: ReaderStateStruct[], count: number) => Code
  >;
  readonly connect: KoffiFunc<
    (context: number, reader: string, share: number, protocols: number, card: Cell, protocol: Cell) => Code
  >;
  readonly disconnect: KoffiFunc<(card: number, disposition: number) => Code>;
  readonly transmit: KoffiFunc<
    (
      card: number,
      sendPci: { dwProtocol: number; cbPciLength: number },
      command: Uint8Array,
      commandLength: number,
      receivePci: null,
      response: Uint8Array,
      responseLength: Cell,
    ) => Code
  >;
}

/** A reader as it was last seen, and as `statusChange` is told to compare with. */
export interface ReaderState {
  readonly name: string;
  /** `readerStateBit`s and counter; 0 when nothing is known yet. */
  readonly state: number;
  readonly atr: Uint8Array;
}

/** Calls that have not returned. */
let underWay = 0;
/** The last `establish`; the library makes them one after the other anyway, but with a thread for each that waits. */
let establishing: Promise<unknown> = Promise.resolve();

let binding: Promise<WinscardFunctions> | undefined;

/** Loads the library once. The fault says which package is missing. */
export async function loadPcsc(): Promise<Result<WinscardFunctions, PcscFault>> {
  try {
    binding ??= bind();
    return ok(await binding);
  } catch (error) {
    binding = undefined;
    const why = error instanceof Error ? error.message : String(error);
    const detail = `the PC/SC library ${library} cannot be loaded (apt install libpcsclite1): ${why}`;
    return err({ kind: 'notConnected', detail, retrySafe: true, code: pcscCode.noService });
  }
}

/** Declarations as in winscard.h of pcsc-lite, with the C types that its typedefs stand for on Linux. */
async function bind(): Promise<WinscardFunctions> {
  const koffi = await import('koffi');
  const lib = koffi.load(library);
  const exitNow = koffi.load(null).func('void _exit(int status)') as KoffiFunc<(status: number) => void>;
  // Node joins the threads of its pool when it exits: with a call that never returns it would never end.
  if (isMainThread) process.on('exit', (status) => underWay > 0 && exitNow(status));
  koffi.struct('SCARD_READERSTATE', {
    szReader: 'const char *',
    pvUserData: 'void *',
    dwCurrentState: 'unsigned long',
    dwEventState: 'unsigned long',
    cbAtr: 'unsigned long',
    rgbAtr: koffi.array('uint8_t', maxAtrLength, 'Typed'),
  });
  koffi.struct('SCARD_IO_REQUEST', { dwProtocol: 'unsigned long', cbPciLength: 'unsigned long' });
  return {
    establish: lib.func(
      'long SCardEstablishContext(unsigned long scope, void *reserved1, void *reserved2, _Out_ long *context)',
    ) as WinscardFunctions['establish'],
    release: lib.func('long SCardReleaseContext(long context)') as WinscardFunctions['release'],
    listReaders: lib.func(
      'long SCardListReaders(long context, void *groups, void *names, _Inout_ unsigned long *length)',
    ) as WinscardFunctions['listReaders'],
    statusChange: lib.func(
      'long SCardGetStatusChange(long context, unsigned long timeoutMs, _Inout_ SCARD_READERSTATE *states, unsigned long count)',
    ) as WinscardFunctions['statusChange'],
    connect: lib.func(
      'long SCardConnect(long context, const char *reader, unsigned long share, unsigned long protocols, _Out_ long *card, _Out_ unsigned long *protocol)',
    ) as WinscardFunctions['connect'],
    disconnect: lib.func(
      'long SCardDisconnect(long card, unsigned long disposition)',
    ) as WinscardFunctions['disconnect'],
    transmit: lib.func(
      'long SCardTransmit(long card, SCARD_IO_REQUEST *sendPci, void *command, unsigned long commandLength, void *receivePci, void *response, _Inout_ unsigned long *responseLength)',
    ) as WinscardFunctions['transmit'],
  };
}

/** Runs one call on a worker thread; answers with the PC/SC code as an unsigned number. */
async function call<A extends unknown[]>(func: KoffiFunc<(...args: A) => Code>, ...args: A): Promise<Code> {
  return new Promise((resolve, reject) => {
    underWay += 1;
    func.async(...args, (error: Error | null, code: Code) => {
      underWay -= 1;
      if (error === null) resolve(code >>> 0);
      else reject(error);
    });
  });
}

/** A connection to pcscd. Calls on one context wait for each other, so whoever blocks has a context of its own. */
export class PcscContext {
  readonly #functions: WinscardFunctions;
  readonly #context: number;

  private constructor(functions: WinscardFunctions, context: number) {
    this.#functions = functions;
    this.#context = context;
  }

  /** Has no limit of its own, and waits for an earlier one of this process. */
  static async establish(functions: WinscardFunctions): Promise<Result<PcscContext, PcscFault>> {
    const context: Cell = [0];
    const established = establishing.then(() => call(functions.establish, scopeSystem, null, null, context));
    establishing = established.catch(() => undefined);
    const code = await established;
    return code === pcscSuccess
      ? ok(new PcscContext(functions, context[0]))
      : err(pcscFault(code, 'connecting to pcscd'));
  }

  /** Names of the readers; none is an empty list. */
  async listReaders(): Promise<Result<readonly string[], PcscFault>> {
    const names = Buffer.alloc(maxReaderNamesLength);
    const length: Cell = [names.length];
    const code = await call(this.#functions.listReaders, this.#context, null, names, length);
    if (code === pcscCode.noReadersAvailable) return ok([]);
    if (code !== pcscSuccess) return err(pcscFault(code, 'listing readers'));
    return ok(
      names
        .toString('utf8', 0, length[0])
        .split('\0')
        .filter((name) => name !== ''),
    );
  }

  /**
   * Waits until one of the readers differs from the state it is given with, and returns what all are now. A time
   * limit that passes without a change is the fault `timeout`.
   */
  async statusChange(
    readers: readonly ReaderState[],
    timeoutMs: number,
  ): Promise<Result<readonly ReaderState[], PcscFault>> {
    const states = readers.map(({ name, state }) => ({
      szReader: name,
      pvUserData: null,
      dwCurrentState: state,
      dwEventState: 0,
      cbAtr: 0,
      rgbAtr: new Uint8Array(maxAtrLength),
    }));
    const code = await call(this.#functions.statusChange, this.#context, timeoutMs, states, states.length);
    if (code !== pcscSuccess) return err(pcscFault(code, 'watching the reader'));
    return ok(
      states.map(({ szReader, dwEventState, cbAtr, rgbAtr }) => ({
        name: szReader,
        state: dwEventState & ~readerStateBit.changed,
        atr: rgbAtr.slice(0, cbAtr),
      })),
    );
  }

  /** Powers the card up, shared with other programs, over T=0 or T=1 as the card has it. */
  async connect(reader: string): Promise<Result<PcscCard, PcscFault>> {
    const card: Cell = [0];
    const protocol: Cell = [0];
    const code = await call(
      this.#functions.connect,
      this.#context,
      reader,
      shareShared,
      protocols.t0 | protocols.t1,
      card,
      protocol,
    );
    return code === pcscSuccess
      ? ok(new PcscCard(this.#functions, card[0], protocol[0]))
      : err(pcscFault(code, 'connecting to the card'));
  }

  async release(): Promise<void> {
    await call(this.#functions.release, this.#context);
  }
}

export class PcscCard {
  readonly #functions: WinscardFunctions;
  readonly #card: number;
  readonly #protocol: number;
  // The library works on these while JavaScript goes on, so they live as long as the card does.
  readonly #command = new Uint8Array(maxCommandLength);
  readonly #response = new Uint8Array(maxResponseLength);

  constructor(functions: WinscardFunctions, card: number, protocol: number) {
    this.#functions = functions;
    this.#card = card;
    this.#protocol = protocol;
  }

  /**
   * One C-APDU. Both buffers are wiped when the answer is there; the R-APDU is a copy that belongs to the caller.
   * Calls must not overlap.
   */
  async transmit(command: Uint8Array): Promise<Result<Uint8Array, PcscFault>> {
    assert(command.length <= maxCommandLength, 'PC/SC: extended C-APDUs are not supported');
    this.#command.set(command);
    const length: Cell = [this.#response.length];
    const code = await call(
      this.#functions.transmit,
      this.#card,
      { dwProtocol: this.#protocol, cbPciLength: pciLength },
      this.#command,
      command.length,
      null,
      this.#response,
      length,
    );
    const response = this.#response.slice(0, length[0]);
    this.#command.fill(0);
    this.#response.fill(0);
    if (code !== pcscSuccess) return err(pcscFault(code, sending));
    // Some reader drivers report a card that vanished as an answer without a status word.
    return response.length < 2 ? err(pcscFault(pcscCode.notTransacted, sending)) : ok(response);
  }

  /** Takes the power off the card, or switches the field off. */
  async disconnect(): Promise<void> {
    await call(this.#functions.disconnect, this.#card, unpowerCard);
  }
}
