/** Customer display role: a small screen that shows one thing at a time, replaced as a whole. */
import type { Result } from '../src/core/base/result.ts';
import type { Device, DeviceFault, DeviceOptions } from './device.ts';

export type DisplayContent =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'text';
      /** Up to two lines of text, already in the customer's language. */
      readonly lines: readonly string[];
      /** "Was I charged?", once that is more than a wait: for a colour or a light, where a display has one. */
      readonly answer?: 'yes' | 'no' | 'unknown';
    }
  | { readonly kind: 'qr'; readonly payload: string; readonly lines: readonly string[] };

export interface CustomerDisplay extends Device {
  readonly role: 'customerDisplay';
  show(content: DisplayContent, options: DeviceOptions): Promise<Result<void, DeviceFault>>;
}
