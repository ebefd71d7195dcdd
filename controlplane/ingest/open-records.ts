import type {KeyObject} from 'node:crypto';
import {WeirError} from '../../lib/errors.ts';
import {decodeSegmentHeader, type Frame, RECORD_KIND, type SegmentHeader} from '../../lib/record-frame.ts';
import {createOpener, type Opener} from '../../lib/seal.ts';
import {Action, CallerKind, Outcome, RecordBody, type Verdict} from '../../proto/gen/weir/record/v1/record.ts';

/** A frame, opened where that was possible. */
export type OpenedRecord =
  | {kind: 'opened'; frame: Frame; plain: Buffer; body: NonNullable<RecordBody['body']>}
  /** Kept sealed for a person to look at; `why` holds nothing of its content. */
  | {kind: 'unreadable'; frame: Frame; why: string};

/** Opens the frames of one segment. */
export interface SegmentOpener {
  readonly headerBytes: Buffer;
  readonly header: SegmentHeader;
  readonly open: (frame: Frame) => OpenedRecord;
}

/**
 * @param recordKey X25519 private key.
 * @throws WeirError RECORD_UNREADABLE for bytes that are not a segment header.
 */
export function openSegment(headerBytes: Buffer, recordKey: KeyObject): SegmentOpener {
  const header = decodeSegmentHeader(headerBytes);
  const opener = createOpener(recordKey, header.ephemeralKey, headerBytes);
  return {headerBytes, header, open: (frame) => openRecord(frame, opener)};
}

function openRecord(frame: Frame, opener: Opener): OpenedRecord {
  try {
    const plain = opener.open(frame.seq, frame.clear, frame.sealed);
    const {body} = RecordBody.decode(plain);
    const why = problemOf(body, frame);
    if (body === undefined || why !== undefined) return {kind: 'unreadable', frame, why: why ?? 'it is empty'};
    return {kind: 'opened', frame, plain, body};
  } catch (error) {
    return {kind: 'unreadable', frame, why: error instanceof WeirError ? error.message : 'it cannot be decoded'};
  }
}

/** What keeps a decoded body from being taken for what it says. */
function problemOf(body: RecordBody['body'], frame: Frame): string | undefined {
  if (body === undefined) return 'it is of a kind that this version does not know';
  if (RECORD_KIND[body.$case] !== frame.kind) return 'its frame names another kind';
  if (body.$case === 'gap') return undefined;
  if (body.value.exchangeId !== frame.exchangeId) return 'its frame names another exchange';
  switch (body.$case) {
    case 'started':
      return (
        timeProblem(body.value.startedAt) ??
        verdictProblem(body.value.verdict) ??
        unless(CallerKind, body.value.caller?.kind ?? CallerKind.UNIDENTIFIED, 'caller kind')
      );
    case 'released':
      return timeProblem(body.value.releasedAt) ?? verdictProblem(body.value.verdict);
    case 'ended':
      return (
        timeProblem(body.value.endedAt) ??
        verdictProblem(body.value.responseVerdict) ??
        unless(Outcome, body.value.outcome, 'outcome')
      );
    case 'content':
      return undefined;
  }
}

function timeProblem(at: Date | undefined): string | undefined {
  return at !== undefined && Number.isNaN(at.getTime()) ? 'its time is none' : undefined;
}

function verdictProblem(verdict: Verdict | undefined): string | undefined {
  if (verdict === undefined) return undefined;
  for (const action of [verdict.action, ...verdict.rules.map((rule) => rule.action)]) {
    const problem = unless(Action, action, 'action');
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Decoding keeps a number it does not know; what it would mean is not guessed. */
function unless(known: Readonly<Record<string, number>>, value: number, name: string): string | undefined {
  return Object.values(known).includes(value) ? undefined : `its ${name} ${value} is not known to this version`;
}
