export {type Command, type CommandIo, defineCommand, type Output} from '../lib/command.ts';
