import {errorCode, WeirError} from '../errors.ts';

/** Says in a person's words why a control plane could not be reached, and what to do; other errors stay as they are. */
export function explainUnreachable(error: unknown, address: string, transport: 'insecure' | 'tls'): unknown {
  if (errorCode(error) === 'DEADLINE_EXCEEDED') {
    return new WeirError('DEADLINE_EXCEEDED', `the control plane at ${address} did not answer in time`, {cause: error});
  }
  if (errorCode(error) !== 'UNAVAILABLE') return error;
  const detail = error instanceof Error ? error.message : '';
  if (transport === 'tls' && /SSL|TLS|certificate|ERR_|EPROTO/i.test(detail) && !detail.includes('ECONNREFUSED')) {
    const hint = 'does it run with --insecure, or with a certificate that needs --controlplane-ca?';
    return new WeirError('UNAVAILABLE', `no TLS connection to ${address}: ${hint}`, {cause: error});
  }
  const hint =
    transport === 'insecure'
      ? '; a control plane with a TLS certificate is reached without --insecure'
      : '; a control plane that runs with --insecure needs that flag here too';
  const message = `no control plane answers at ${address}; start it, or name it with --controlplane${hint}`;
  return new WeirError('UNAVAILABLE', message, {cause: error});
}
