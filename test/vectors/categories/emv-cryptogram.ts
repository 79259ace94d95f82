/**
 * Judges recorded calls of card- and issuer-side cryptography (application cryptograms, response cryptograms, session
 * keys, issuer scripts) against that of the simulated cards. A call that was refused there has to be refused here.
 */
import { concat, hex } from '../../../src/core/base/bytes.ts';
import {
  blockLength,
  encipherEcb,
  macAlgorithm3,
  pad,
  type Padding,
} from '../../../drivers/simulated/card/crypto/des.ts';
import { cvc3 } from '../../../drivers/simulated/card/crypto/dynamic-cvc.ts';
import {
  cardKeyA,
  cardKeyB,
  commonSessionKey,
  emv2000Tree,
  treeSessionKey,
  visaSessionKey,
} from '../../../drivers/simulated/card/crypto/keys.ts';
import {
  applicationCryptogram,
  cardKeys,
  cryptogramData,
  recipes,
  responseCryptogram1,
  responseCryptogram2,
  responseKey,
  verificationResults,
  type CardKeys,
  type Recipe,
  type RecipeName,
  type SessionInput,
} from '../../../drivers/simulated/card/crypto/recipes.ts';
import {
  commandMac,
  encipherCommandData,
  pinBlock2,
  pinBlockVis,
  pinChangeCommand,
  type ScriptSession,
} from '../../../drivers/simulated/card/crypto/secure-messaging.ts';
import type { VectorVerdict } from '../category.ts';
import { answerOf, expectRefusal, expectText, hexOf, skipped } from './crypto-verdict.ts';

interface Call {
  readonly call: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly result?: { readonly hex: string } | string | null;
  readonly error?: { readonly type: string; readonly message: string };
}

export interface CallFile {
  readonly tests: readonly { readonly test: string; readonly calls: readonly Call[] }[];
}

/** The arguments of one call; what is absent is empty. */
class Arguments {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return name in this.#values;
  }

  names(): readonly string[] {
    return Object.keys(this.#values);
  }

  number(name: string, otherwise: number): number {
    const value = this.#values[name];
    return typeof value === 'number' ? value : otherwise;
  }

  bytes(name: string): Uint8Array<ArrayBuffer> {
    const value = this.#values[name];
    if (typeof value === 'object' && value !== null && 'hex' in value) return hex(String(value.hex));
    return typeof value === 'string' ? hex(value) : new Uint8Array(0);
  }

  /** Digits come as text, or as the bytes of their characters. */
  digits(name: string, otherwise: string): string {
    const value = this.#values[name];
    if (typeof value === 'string') return value;
    return this.has(name) ? Buffer.from(this.bytes(name)).toString('latin1') : otherwise;
  }

  text(name: string, otherwise: string): string {
    const value = this.#values[name];
    return typeof value === 'string' ? value : otherwise;
  }

  of(name: string): Arguments {
    return new Arguments((this.#values[name] ?? {}) as Readonly<Record<string, unknown>>);
  }
}

const paddings: Readonly<Record<string, Padding>> = { VISA: 'zeros', EMV: 'bit' };
const encipherments: Readonly<Record<string, 'visa' | 'mchip' | 'emv'>> = {
  VISA: 'visa',
  MASTERCARD: 'mchip',
  EMV: 'emv',
};

const functions: Readonly<Record<string, (args: Arguments) => Uint8Array | string>> = {
  'tools.key_check_digits': (args) => {
    const key = args.bytes('key');
    return encipherEcb(key, new Uint8Array(blockLength)).subarray(0, args.number('length', 2));
  },
  'mac.pad_iso9797_2': (args) => pad(args.bytes('data'), 'bit', args.number('block_size', blockLength)),
  'kd.derive_icc_mk_a': (args) => cardKeyA(args.bytes('iss_mk'), args.digits('pan', ''), args.digits('psn', '00')),
  'kd.derive_icc_mk_b': (args) => cardKeyB(args.bytes('iss_mk'), args.digits('pan', ''), args.digits('psn', '00')),
  'kd.derive_common_sk': (args) => commonSessionKey(args.bytes('icc_mk'), args.bytes('r')),
  'kd.derive_visa_sm_sk': (args) => visaSessionKey(args.bytes('icc_mk'), args.bytes('atc')),
  'kd.derive_emv2000_tree_sk': (args) =>
    treeSessionKey(args.bytes('icc_mk'), args.bytes('atc'), {
      height: args.number('height', emv2000Tree.height),
      branchFactor: args.number('branch_factor', emv2000Tree.branchFactor),
      initialVector: args.has('iv') ? args.bytes('iv') : emv2000Tree.initialVector,
    }),
  'ac.generate_ac': (args) =>
    macAlgorithm3(args.bytes('sk_ac'), args.bytes('data'), paddings[args.text('padding_type', 'EMV')]),
  'ac.generate_arpc_1': (args) => responseCryptogram1(args.bytes('sk_ac'), args.bytes('arqc'), args.bytes('arpc_rc')),
  'ac.generate_arpc_2': (args) =>
    responseCryptogram2(args.bytes('sk_ac'), args.bytes('arqc'), args.bytes('csu'), args.bytes('prop_auth_data')),
  'sm.generate_command_mac': (args) => macAlgorithm3(args.bytes('sk_smi'), args.bytes('command')),
  'sm.encrypt_command_data': (args) =>
    encipherCommandData(
      encipherments[args.text('encryption_type', 'EMV')] ?? 'emv',
      args.bytes('sk_smc'),
      args.bytes('command_data'),
    ),
  'sm.format_iso9564_2_pin_block': (args) => pinBlock2(args.digits('pin', '')),
  'sm.format_vis_pin_block': (args) =>
    pinBlockVis(
      args.bytes('icc_mk_ac'),
      args.digits('pin', ''),
      args.has('current_pin') ? args.digits('current_pin', '') : undefined,
    ),
  'cvv.generate_cvc3': (args) =>
    String(cvc3(args.bytes('icc_cvc3'), args.bytes('track_template'), args.bytes('atc'), args.bytes('un'))),
};

const recipeNames: Readonly<Record<string, RecipeName>> = {
  VisaCVN10: 'visa10',
  VisaCVN18: 'visa18',
  VisaCVN22: 'visa22',
  InteracCVN133: 'interac133',
  MasterCardCVN16: 'mchip16',
  MasterCardCVN17: 'mchip17',
  MasterCardCVN20: 'mchip20',
  MasterCardCVN21: 'mchip21',
};

/** A card of the recipe with the keys that its instance was made with. */
function keysOf(recipe: Recipe, self: Arguments): CardKeys {
  const issuer = {
    cryptogram: self.bytes('iss_mk_ac'),
    scriptIntegrity: self.bytes('iss_mk_smi'),
    scriptConfidentiality: self.bytes('iss_mk_smc'),
  };
  return cardKeys(recipe, issuer, self.digits('pan', ''), self.digits('psn', '00'));
}

/** Tag 9F10 around the part of it that the recorded call names: verification results, and counters behind the DAC. */
function issuerDataOf(recipe: Recipe, args: Arguments): Uint8Array {
  if (args.has('tag_9f10')) return args.bytes('tag_9f10');
  const before = new Uint8Array(verificationResults(recipe).at);
  return concat(before, args.bytes('cvr'), new Uint8Array(2), args.bytes('counters'));
}

const methods: Readonly<Record<string, (recipe: Recipe, args: Arguments) => Uint8Array>> = {
  generate_ac: (recipe, args) => {
    const objects = new Map<string, Uint8Array>([['9F10', issuerDataOf(recipe, args)]]);
    for (const name of args.names()) {
      if (name.startsWith('tag_') && name !== 'tag_9f10') objects.set(name.slice(4).toUpperCase(), args.bytes(name));
    }
    return applicationCryptogram(recipe, keysOf(recipe, args.of('self')).cryptogram, objects);
  },
  generate_arpc: (recipe, args) => {
    const session: SessionInput = { atc: args.bytes('tag_9f36'), unpredictableNumber: args.bytes('tag_9f37') };
    const key = responseKey(recipe, keysOf(recipe, args.of('self')).cryptogram, session);
    const cryptogram = args.bytes('tag_9f26');
    return recipe.responseMethod === 1
      ? responseCryptogram1(key, cryptogram, args.bytes('arpc_rc'))
      : responseCryptogram2(key, cryptogram, args.bytes('csu'), args.bytes('proprietary_auth_data'));
  },
  generate_command_mac: (recipe, args) =>
    commandMac(
      recipe,
      keysOf(recipe, args.of('self')),
      scriptSession(args),
      args.bytes('command_header'),
      args.bytes('command_data'),
    ),
  generate_pin_change_command: (recipe, args) =>
    pinChangeCommand(
      recipe,
      keysOf(recipe, args.of('self')),
      scriptSession(args),
      args.digits('pin', ''),
      args.has('current_pin') ? args.digits('current_pin', '') : undefined,
    ),
};

function scriptSession(args: Arguments): ScriptSession {
  return { atc: args.bytes('tag_9f36'), cryptogram: args.bytes('tag_9f26'), before: 0 };
}

function judgeCall(title: string, { call, args, result, error }: Call): VectorVerdict[] {
  const [owner = '', method = ''] = call.split('.');
  if (method === '__init__') return [];
  const recipe = recipeNames[owner];
  const run = recipe === undefined ? functions[call] : methods[method]?.bind(undefined, recipes[recipe]);
  if (run === undefined) return [skipped(title, `no function here is ${call}`)];
  if (error?.type === 'TypeError') return [skipped(title, 'a mistake that our types do not let anybody make')];
  const answer = answerOf(() => run(new Arguments(args)));
  if (error !== undefined) return [expectRefusal(title, error.message, answer)];
  return [expectText(title, typeof result === 'string' ? result : (result?.hex ?? ''), answer)];
}

export function judgeCryptogramCalls({ tests }: CallFile): VectorVerdict[] {
  return tests.flatMap(({ test, calls }) => calls.flatMap((call, at) => judgeCall(`${test} ${at} ${call.call}`, call)));
}

export interface InputDataFile {
  readonly cases: readonly {
    readonly scheme: string;
    readonly tags: readonly { readonly tag: string; readonly value: string }[];
    readonly expected_data_unpadded_and_padded: readonly string[];
  }[];
}

const schemeRecipes: Readonly<Record<string, RecipeName>> = {
  CVN10: 'visa10',
  CVN18: 'visa18',
  CVN22: 'visa22',
  CVNCPA: 'ccd',
  CVNMC: 'mchip16',
};

/** The bytes under the cryptogram, before and after padding. */
export function judgeCryptogramInput({ cases }: InputDataFile): VectorVerdict[] {
  return cases.flatMap(({ scheme, tags, expected_data_unpadded_and_padded: expected }, at) => {
    const title = `${at} ${scheme}`;
    const name = schemeRecipes[scheme];
    if (name === undefined) return [skipped(title, 'no recipe of that name')];
    const recipe = recipes[name];
    const objects = new Map(tags.map(({ tag, value }) => [tag, hex(value)]));
    const data = cryptogramData(recipe, objects);
    const found = [data, pad(data, recipe.padding)].map(hexOf).join(' ');
    return [expectText(title, expected.join(' '), { text: found })];
  });
}
