import {fromBinary} from '@bufbuild/protobuf';
import {BinaryReader} from '@bufbuild/protobuf/wire';
import {type DescriptorProto, type FileDescriptorProto, FileDescriptorProtoSchema} from '@bufbuild/protobuf/wkt';

/** What reflection answers from: serialised files, each followed by all it imports. */
export interface DescriptorIndex {
  readonly services: readonly string[];
  readonly byFileName: (name: string) => readonly Uint8Array[] | undefined;
  /** @param symbol full name of a service, method, message or enum. */
  readonly bySymbol: (symbol: string) => readonly Uint8Array[] | undefined;
}

interface IndexedFile {
  bytes: Uint8Array;
  file: FileDescriptorProto;
}

/** Indexes a serialised FileDescriptorSet; the bytes of its files are served unchanged. */
export function indexDescriptors(set: Uint8Array): DescriptorIndex {
  const files = new Map<string, IndexedFile>();
  const fileOfSymbol = new Map<string, string>();
  const services: string[] = [];
  for (const bytes of filesOf(set)) {
    const file = fromBinary(FileDescriptorProtoSchema, bytes);
    files.set(file.name, {bytes, file});
    for (const symbol of symbolsOf(file)) fileOfSymbol.set(symbol, file.name);
    for (const service of file.service) services.push(`${file.package}.${service.name}`);
  }
  const byFileName = (name: string) => {
    if (!files.has(name)) return undefined;
    const names = new Set<string>();
    collect(name, files, names);
    return [...names].map((one) => files.get(one)?.bytes).filter((bytes) => bytes !== undefined);
  };
  return {
    services: services.sort(),
    byFileName,
    bySymbol: (symbol) => {
      const name = fileOfSymbol.get(symbol);
      return name === undefined ? undefined : byFileName(name);
    },
  };
}

/** FileDescriptorSet: `repeated FileDescriptorProto file = 1`. */
function* filesOf(set: Uint8Array): Iterable<Uint8Array> {
  const reader = new BinaryReader(set);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) yield reader.bytes();
    else reader.skip(wireType);
  }
}

function collect(name: string, files: ReadonlyMap<string, IndexedFile>, names: Set<string>): void {
  if (names.has(name)) return;
  names.add(name);
  for (const dependency of files.get(name)?.file.dependency ?? []) collect(dependency, files, names);
}

function* symbolsOf(file: FileDescriptorProto): Iterable<string> {
  for (const service of file.service) {
    yield `${file.package}.${service.name}`;
    for (const method of service.method) yield `${file.package}.${service.name}.${method.name}`;
  }
  for (const message of file.messageType) yield* messageSymbols(file.package, message);
  for (const one of file.enumType) yield `${file.package}.${one.name}`;
}

function* messageSymbols(scope: string, message: DescriptorProto): Iterable<string> {
  const name = `${scope}.${message.name}`;
  yield name;
  for (const nested of message.nestedType) yield* messageSymbols(name, nested);
  for (const one of message.enumType) yield `${name}.${one.name}`;
}
