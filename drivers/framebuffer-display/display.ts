/** The framebuffer as a device: opened, written, lost and found again. */
import { readFileSync, realpathSync } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { CustomerDisplay, DisplayContent } from '../../devices/customer-display.ts';
import type { DeviceFault, DeviceHealth, DeviceOptions } from '../../devices/device.ts';
import { assert } from '../../src/core/base/assert.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import { Listeners } from '../transport/byte-transport.ts';
import { atMost, promised, within } from '../within.ts';
import { frameOf, pictureSize, type Rotation } from './frame.ts';
import { checkGeometry, geometryFromKernel, type Geometry } from './geometry.ts';
import { drawContent } from './picture.ts';

export interface FramebufferOptions {
  readonly name: string;
  /** Path of the device file. */
  readonly device: string;
  readonly rotation: Rotation;
  /** Left out: as the kernel tells it. */
  readonly geometry: Geometry | undefined;
  readonly clock: Clock;
  /** Where the kernel tells of its framebuffers; left out: `/sys/class/graphics`. */
  readonly kernelFolder?: string;
}

interface Panel {
  readonly file: FileHandle;
  readonly geometry: Geometry;
  /** Device and inode: another one under the same name is another display. */
  readonly identity: string;
}

const closeLimitMs = 1000;
const notOpened: DeviceHealth = { state: 'offline', detail: 'not opened' };

export class FramebufferDisplay implements CustomerDisplay {
  readonly role = 'customerDisplay';
  readonly name: string;
  readonly description: string;
  readonly #options: FramebufferOptions;
  readonly #listeners = new Listeners<DeviceHealth>();
  #panel: Panel | undefined;
  #opened = false;
  /** What is to be seen; drawn again on a display that comes back. */
  #wanted: DisplayContent = { kind: 'idle' };
  #health: DeviceHealth = notOpened;
  /** One after another: a picture never overtakes a later one. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: FramebufferOptions) {
    this.name = options.name;
    this.description = `Display ${options.device}`;
    this.#options = options;
  }

  open(options: DeviceOptions): Promise<Result<void, DeviceFault>> {
    return this.#turn(options, async () => {
      const opened = await this.#connect();
      if (!opened.ok) return opened;
      this.#opened = true;
      return this.#draw();
    });
  }

  async close(): Promise<void> {
    this.#wanted = { kind: 'idle' };
    this.#opened = false;
    await atMost(
      this.#options.clock,
      closeLimitMs,
      this.#queue(() => this.#end()),
    );
    this.#tell(notOpened);
  }

  show(content: DisplayContent, options: DeviceOptions): Promise<Result<void, DeviceFault>> {
    // One that is not there yet shows it once it is.
    this.#wanted = content;
    const { device } = this.#options;
    if (!this.#opened) return Promise.resolve(err(fault('notConnected', `${device} is not opened`, true)));
    return this.#turn(options, () => this.#draw());
  }

  async checkHealth(options: DeviceOptions): Promise<DeviceHealth> {
    if (!this.#opened) return notOpened;
    await this.#turn(options, () => this.#look());
    return this.#health;
  }

  onHealth(listener: (health: DeviceHealth) => void): () => void {
    return this.#listeners.add(listener);
  }

  #turn(options: DeviceOptions, work: () => Promise<Result<void, DeviceFault>>): Promise<Result<void, DeviceFault>> {
    const late = `${this.#options.device} did not take the picture in time`;
    return within(this.#options.clock, options, late, promised(this.#queue(work)));
  }

  #queue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done;
    return done;
  }

  async #connect(): Promise<Result<void, DeviceFault>> {
    const { device } = this.#options;
    await this.#release();
    const geometry = this.#geometry();
    if (!geometry.ok) return geometry;
    try {
      const file = await open(device, 'r+');
      this.#panel = { file, geometry: geometry.value, identity: identityOf(await file.stat()) };
      return ok(undefined);
    } catch (error) {
      return err(explain(device, error));
    }
  }

  #geometry(): Result<Geometry, DeviceFault> {
    const { device, geometry, kernelFolder = '/sys/class/graphics' } = this.#options;
    if (geometry !== undefined) return checkGeometry(device, geometry);
    let real: string;
    try {
      // A name of udev's leads to the kernel's own.
      real = path.basename(realpathSync(device));
    } catch (error) {
      return err(explain(device, error));
    }
    return geometryFromKernel(device, (name) => {
      try {
        return readFileSync(path.join(kernelFolder, real, name), 'utf8');
      } catch {
        return undefined;
      }
    });
  }

  /** A panel that was lost, or has another mode by now, is connected and drawn anew. */
  async #look(): Promise<Result<void, DeviceFault>> {
    if (this.#health.state === 'ready' && (await this.#isSame())) return ok(undefined);
    const connected = await this.#connect();
    if (connected.ok) return this.#draw();
    this.#tell(offline(connected.fault));
    return connected;
  }

  async #isSame(): Promise<boolean> {
    if (this.#panel === undefined) return false;
    const { identity, geometry } = this.#panel;
    const now = this.#geometry();
    if (!now.ok || JSON.stringify(now.value) !== JSON.stringify(geometry)) return false;
    try {
      return identityOf(await stat(this.#options.device)) === identity;
    } catch {
      return false;
    }
  }

  /** Writes what is wanted now, whole, and says how it went. */
  async #draw(): Promise<Result<void, DeviceFault>> {
    if (this.#panel === undefined) return err(fault('notConnected', this.#health.detail, true));
    const drawn = await this.#write(this.#panel);
    if (drawn.ok) this.#tell({ state: 'ready', detail: 'ready' });
    else if (drawn.fault.kind === 'refused') this.#tell({ state: 'attention', detail: drawn.fault.detail });
    else this.#tell(offline(drawn.fault));
    return drawn;
  }

  async #write({ file, geometry }: Panel): Promise<Result<void, DeviceFault>> {
    const { device, rotation } = this.#options;
    const picture = drawContent(this.#wanted, pictureSize(geometry, rotation));
    // Better dark than the last sale's code.
    const blank = picture.ok ? picture : drawContent({ kind: 'idle' }, pictureSize(geometry, rotation));
    assert(blank.ok, 'framebuffer: a dark picture can always be drawn');
    const frame = frameOf(blank.value, geometry, rotation);
    try {
      const { bytesWritten } = await file.write(frame, 0, frame.length, 0);
      if (bytesWritten < frame.length) {
        return err(fault('refused', tooSmall(device, bytesWritten, frame.length), true));
      }
    } catch (error) {
      return err(explain(device, error));
    }
    return picture.ok ? ok(undefined) : err(fault('refused', `${device}: ${picture.fault.detail}`, true));
  }

  async #end(): Promise<void> {
    if (this.#panel !== undefined) await this.#write(this.#panel);
    await this.#release();
  }

  async #release(): Promise<void> {
    const panel = this.#panel;
    this.#panel = undefined;
    try {
      await panel?.file.close();
    } catch {
      // It is gone; there is nothing left to close.
    }
  }

  #tell(health: DeviceHealth): void {
    if (health.state === this.#health.state && health.detail === this.#health.detail) return;
    this.#health = health;
    this.#listeners.tell(health);
  }
}

function offline({ detail }: DeviceFault): DeviceHealth {
  return { state: 'offline', detail };
}

function identityOf({ dev, ino, rdev }: { readonly dev: number; readonly ino: number; readonly rdev: number }): string {
  return `${dev}:${ino}:${rdev}`;
}

function tooSmall(device: string, taken: number, wanted: number): string {
  return `${device} takes only ${taken} of ${wanted} bytes: the geometry in devices.customerDisplay.settings is not its own`;
}

/** In words that name the device and say what to do. */
function explain(device: string, error: unknown): DeviceFault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  switch (code) {
    case 'ENOENT':
      return fault('notConnected', `there is no ${device}: connect the display, and load its driver (dtoverlay)`, true);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return fault(
        'refused',
        `${device} may not be written: add the terminal's user to the group video (usermod -aG video USER), then restart it`,
        true,
      );
    case 'ENODEV':
    case 'ENXIO':
    case 'EIO':
      return fault('notConnected', `${device} does not answer (${code}): check the display's cable and power`, true);
    case 'EBUSY':
      return fault('busy', `${device} is used by another program`, true);
    case 'EFBIG':
    case 'ENOSPC':
    case 'EINVAL':
      return fault(
        'refused',
        `${device} does not take a picture of this size (${code}): the geometry in devices.customerDisplay.settings is not its own`,
        true,
      );
    case 'EISDIR':
      return fault('refused', `${device} is a folder, not a display`, true);
    default:
      return fault('protocol', `${device} cannot be written (${code})`, true);
  }
}
