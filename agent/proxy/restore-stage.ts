import type {WeirError} from '../../lib/errors.ts';
import {RestoringResponder} from '../restore/restoring-responder.ts';
import {established} from './exchange.ts';
import type {Stage} from './stage.ts';

/** From here on the caller gets the values back that rules made placeholders of; the record keeps the placeholders. */
export const restoreStage: Stage = (exchange, {log}) => {
  const {restore: table} = established(exchange.decision, 'decision');
  if (table.size === 0) return;
  const {dialect, route} = established(exchange.destination, 'destination');
  const onFailure = ({code}: WeirError): void => {
    log.warn('values could not be restored in a response', {exchange: exchange.id, code});
  };
  exchange.responder = new RestoringResponder(exchange.responder, {dialect, route, table, onFailure});
};
