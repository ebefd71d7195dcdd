import {createHash, timingSafeEqual} from 'node:crypto';
import type {Metadata} from '@grpc/grpc-js';
import {WeirError} from '../../lib/errors.ts';

/** Who calls an administrative service. */
export interface Admin {
  subject: string;
  groups: readonly string[];
  /** May do everything; any other administrator is what its groups make it. */
  full: boolean;
}

/** @throws WeirError UNAUTHENTICATED for a missing or unknown token. */
export type AdminOf = (metadata: Metadata) => Admin;

/** An admin token as it is kept: its secret is gone. */
export interface KnownAdminToken {
  sha256: Buffer;
  admin: Admin;
}

/** Tells administrators by their bearer tokens, in constant time. */
export function createAdminAccess(known: readonly KnownAdminToken[]): AdminOf {
  return (metadata) => {
    const [header] = metadata.get('authorization');
    const token = typeof header === 'string' ? /^bearer +(\S+)$/i.exec(header)?.[1] : undefined;
    if (token === undefined) throw new WeirError('UNAUTHENTICATED', 'an admin token is needed as bearer token');
    const presented = sha256(token);
    // Every token is compared, so that the time says nothing of which one was near.
    let admin: Admin | undefined;
    for (const candidate of known) {
      if (timingSafeEqual(candidate.sha256, presented)) admin ??= candidate.admin;
    }
    if (admin === undefined) throw new WeirError('UNAUTHENTICATED', 'this admin token is not known here');
    return admin;
  };
}

/** @throws WeirError PERMISSION_DENIED for anyone but a full administrator. */
export function requireFull(admin: Admin): void {
  if (!admin.full) throw new WeirError('PERMISSION_DENIED', 'this needs a full administrator');
}

const MIN_TOKEN_LENGTH = 8;

/**
 * Reads admin tokens: `TOKEN` for a full administrator, or `TOKEN:subject=ana@example.com,group=finance-leads`.
 *
 * @throws WeirError USAGE for a token that is not written like that; the message holds none of it.
 */
export function parseAdminTokens(tokens: readonly string[]): KnownAdminToken[] {
  return tokens.map(parseToken);
}

/** A full administrator known by the digest of a token. */
export function fullAdmin(digest: Buffer): KnownAdminToken {
  return {sha256: digest, admin: {subject: 'admin', groups: [], full: true}};
}

function parseToken(text: string, index: number): KnownAdminToken {
  const colon = text.indexOf(':');
  const token = colon < 0 ? text : text.slice(0, colon);
  if (token.length < MIN_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token)) {
    throw malformed(index, `the token has fewer than ${MIN_TOKEN_LENGTH} visible ASCII characters`);
  }
  if (colon < 0) return fullAdmin(sha256(token));
  const groups: string[] = [];
  let subject: string | undefined;
  for (const pair of text.slice(colon + 1).split(',')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s).map((part) => part.trim());
    if (value === '') throw malformed(index, 'a part of it has no value');
    if (name === 'group') groups.push(value);
    else if (name === 'subject' && subject === undefined) subject = value;
    else throw malformed(index, 'it may say subject= once, and group= any number of times');
  }
  if (subject === undefined) throw malformed(index, 'it names no subject');
  return {sha256: sha256(token), admin: {subject, groups, full: false}};
}

function malformed(index: number, why: string): WeirError {
  const shape = 'TOKEN or TOKEN:subject=ana@example.com,group=finance-leads';
  return new WeirError('USAGE', `--admin-token number ${index + 1}: ${why}; write it ${shape}`);
}

/** How a token is kept. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
