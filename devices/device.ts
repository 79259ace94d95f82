/**
 * What all devices have in common: a name from configuration, a life (open → close) and a health that can be
 * asked at any time without disturbing work. After UnifiedPOS v1.14 §1 (device states and checkHealth).
 */
import type { Fault, Result } from '../src/core/base/result.ts';

export type DeviceRole = 'cardReader' | 'codeScanner' | 'pinPad' | 'receiptPrinter' | 'customerDisplay';

/** Result codes of UnifiedPOS v1.14 §1.10 that a driver can meet, in our words. */
export type DeviceFault = Fault<'notConnected' | 'busy' | 'timeout' | 'aborted' | 'protocol' | 'refused'>;

/** `detail` is one English sentence for the technician; the UI words the `state` itself. */
export interface DeviceHealth {
  readonly state: 'ready' | 'attention' | 'offline';
  readonly detail: string;
}

export interface DeviceOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface Device {
  readonly role: DeviceRole;
  /** Unique in the terminal; from configuration. */
  readonly name: string;
  /** Make, model or simulation, for people. */
  readonly description: string;
  open(options: DeviceOptions): Promise<Result<void, DeviceFault>>;
  /** Never fails: what cannot be closed is let go. */
  close(): Promise<void>;
  checkHealth(options: DeviceOptions): Promise<DeviceHealth>;
  /** Calls `listener` when health changes by itself (unplugged, cover opened); the result unsubscribes. */
  onHealth(listener: (health: DeviceHealth) => void): () => void;
}
