import {BinaryReader, BinaryWriter} from '@bufbuild/protobuf/wire';
import {type Server, status} from '@grpc/grpc-js';
import {WeirError} from '../../lib/errors.ts';
import {rawMethod} from '../../lib/grpc/raw-method.ts';
import {bidi, type OnCallError} from '../../lib/grpc/server.ts';
import type {DescriptorIndex} from './descriptor-index.ts';

/**
 * Field numbers of ServerReflectionRequest and ServerReflectionResponse.
 *
 * @see https://github.com/grpc/grpc/blob/master/src/proto/grpc/reflection/v1/reflection.proto
 */
const REQUEST = {byFileName: 3, bySymbol: 4, listServices: 7} as const;
const RESPONSE = {originalRequest: 2, files: 4, services: 6, error: 7} as const;

/** Serves reflection, v1 and v1alpha: the two differ in name only. */
export function addReflection(server: Server, descriptors: DescriptorIndex, onError: OnCallError): void {
  for (const version of ['v1', 'v1alpha']) {
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const info = bidi<Buffer, Buffer>(async (requests, _context, send) => {
      for await (const request of requests) await send(answer(request, descriptors));
    }, onError);
    server.addService({info: rawMethod(path, {request: true, response: true})}, {info});
  }
}

function answer(request: Buffer, descriptors: DescriptorIndex): Buffer {
  const question = readQuestion(request);
  const response = new BinaryWriter().uint32(tag(RESPONSE.originalRequest)).bytes(request);
  switch (question?.field) {
    case REQUEST.listServices:
      response.uint32(tag(RESPONSE.services)).fork();
      for (const name of descriptors.services) response.uint32(tag(1)).fork().uint32(tag(1)).string(name).join();
      response.join();
      break;
    case REQUEST.byFileName:
    case REQUEST.bySymbol: {
      const find = question.field === REQUEST.bySymbol ? descriptors.bySymbol : descriptors.byFileName;
      const files = find(question.text);
      if (files === undefined) {
        writeError(response, status.NOT_FOUND, `${question.text.slice(0, 200)} is not served here`);
        break;
      }
      response.uint32(tag(RESPONSE.files)).fork();
      for (const file of files) response.uint32(tag(1)).bytes(file);
      response.join();
      break;
    }
    default:
      writeError(response, status.UNIMPLEMENTED, 'there are no extensions here');
  }
  return Buffer.from(response.finish());
}

/** @throws WeirError INVALID_ARGUMENT for bytes that are no message: anyone may send them, so they are no error of ours. */
function readQuestion(request: Buffer): {field: number; text: string} | undefined {
  try {
    return read(request);
  } catch (cause) {
    throw new WeirError('INVALID_ARGUMENT', 'this is not a reflection request', {cause});
  }
}

function read(request: Buffer): {field: number; text: string} | undefined {
  const reader = new BinaryReader(request);
  let question: {field: number; text: string} | undefined;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (Object.values<number>(REQUEST).includes(field)) question = {field, text: reader.string()};
    else reader.skip(wireType);
  }
  return question;
}

function writeError(response: BinaryWriter, code: status, message: string): void {
  response
    .uint32(tag(RESPONSE.error))
    .fork()
    .uint32((1 << 3) | 0)
    .int32(code)
    .uint32(tag(2))
    .string(message)
    .join();
}

/** Tag of a length-delimited field. */
function tag(field: number): number {
  return (field << 3) | 2;
}
