/**
 * Cards with something wrong on them, made from sound ones: each names the profile it comes from and what is different.
 * For the tests of kernels: whatever a card is, a sale on it ends in a defined way.
 */
import type { AuthenticationProfile, EmvCardProfile } from './profiles.ts';

export interface FaultCard {
  readonly id: string;
  /** What a terminal should find, in the words of the Books. */
  readonly finds: string;
  readonly profile: EmvCardProfile;
}

/** With offline data authentication `method`, over keys that suit it. */
export function authenticatedBy(
  profile: EmvCardProfile,
  method: AuthenticationProfile['method'],
  changes: Partial<AuthenticationProfile> = {},
): EmvCardProfile {
  const authentication: AuthenticationProfile = {
    method,
    authority: 'ca-1408',
    issuer: 'issuer-1152',
    ...(method === 'sda' ? {} : { icc: 'icc-1024' }),
    ...changes,
  };
  const first = Number.parseInt(profile.applicationInterchangeProfile.slice(0, 2), 16) & ~0x61;
  const bits = { sda: 0x40, dda: 0x20, cda: 0x01, fdda: 0x20 }[method];
  const aip = (first | bits).toString(16).toUpperCase().padStart(2, '0');
  return {
    ...profile,
    authentication,
    // A signed answer to GENERATE AC has no room in format 1 (Book 3 §6.5.5.4).
    ...(method === 'cda' ? { responseFormat: 2 as const } : {}),
    applicationInterchangeProfile: aip + profile.applicationInterchangeProfile.slice(2),
  };
}

type DamagedAt = NonNullable<AuthenticationProfile['damaged']>;

const staticSteps: readonly (readonly [DamagedAt, string])[] = [
  ['staticSignature', 'the signature on the static data is wrong'],
];
const dynamicSteps: readonly (readonly [DamagedAt, string])[] = [
  ['iccCertificate', 'the ICC certificate cannot be recovered'],
  ['iccCertificateExpired', 'the ICC certificate has expired'],
  ['iccCertificatePan', 'the ICC certificate is of another card'],
  ['dynamicSignature', 'the dynamic signature is wrong'],
];

/** Each step of offline data authentication fails by itself (Book 2 §5 and §6). */
function badlyAuthenticated(sound: EmvCardProfile, method: AuthenticationProfile['method']): readonly FaultCard[] {
  const steps: readonly (readonly [DamagedAt, string])[] = [
    ['unknownAuthority', 'the terminal has no such CA public key'],
    ['issuerCertificate', 'the issuer certificate cannot be recovered'],
    ['issuerCertificateExpired', 'the issuer certificate has expired'],
    ['issuerIdentifier', 'the issuer certificate is of another issuer'],
    ['staticData', 'the static data are not those that were signed'],
    ...(method === 'sda' ? staticSteps : dynamicSteps),
  ];
  return steps.map(([damaged, finds]) => ({
    id: `${sound.id}-${method}-${damaged}`,
    finds,
    profile: authenticatedBy(sound, method, { damaged }),
  }));
}

function change(base: EmvCardProfile, id: string, finds: string, changes: Partial<EmvCardProfile>): FaultCard {
  return { id: `${base.id}-${id}`, finds, profile: { ...base, ...changes } };
}

/** `contact` and `contactless` are sound cards; one that has a PIN, one without. */
export function faultCards(contact: EmvCardProfile, contactless: EmvCardProfile): readonly FaultCard[] {
  const both = [contact, contactless].flatMap((sound) => [
    change(sound, 'expired', 'the application has expired', { expiryDate: '200131' }),
    change(sound, 'notYetEffective', 'the application is not yet effective', { effectiveDate: '480101' }),
    change(sound, 'applicationBlocked', 'SELECT answers 6283', { blocked: true }),
    change(sound, 'cardBlocked', 'SELECT answers 6A81', { cardBlocked: true }),
    change(sound, 'declines', 'the card answers AAC', { decision: 'aac' }),
    ...badlyAuthenticated(sound, sound.flow === 'qvsdc' ? 'fdda' : 'cda'),
  ]);
  const pin = contact.pin ?? { digits: '1234', tries: 3 };
  return [
    ...both,
    ...badlyAuthenticated(contact, 'dda'),
    ...badlyAuthenticated(contact, 'sda'),
    change(contact, 'pinTriedOut', 'the PIN Try Counter is zero', { pin: { ...pin, tries: 0 } }),
    change(contact, 'scriptFails', 'an issuer script command fails', {
      scriptsFail: true,
      issuer: { scripts: [{ template: '71', commands: [{ kind: 'pinUnblock' }] }] },
    }),
    change(contact, 'scriptMac', 'an issuer script command has a wrong MAC', {
      issuer: { scripts: [{ template: '72', commands: [{ kind: 'applicationBlock' }], wrongMac: true }] },
    }),
    change(contact, 'finalAac', 'the card declines what the issuer approved', { finalDecision: 'aac' }),
    change(contact, 'wrongIssuer', 'issuer authentication fails', {
      issuerAuthentication: 'required',
      issuer: { wrongAuthentication: true },
    }),
  ];
}
