import {Outcome} from '../../proto/gen/weir/record/v1/record.ts';
import {METRIC} from './names.ts';

/** Counts exchanges. Holds no text of any. */
export interface ExchangeMetrics {
  opened: () => void;
  ended: (outcome: Outcome) => void;
  readonly open: number;
  /** In Prometheus text format. */
  render: (gauges: {spoolBytes: number; generation: bigint; droppedSpans: number}) => string;
}

const OUTCOMES = Object.entries(Outcome).filter(([, outcome]) => outcome !== Outcome.UNSPECIFIED);

export function createExchangeMetrics(): ExchangeMetrics {
  const totals = new Map<Outcome, number>();
  let open = 0;
  return {
    opened: () => {
      open++;
    },
    ended: (outcome) => {
      open--;
      totals.set(outcome, (totals.get(outcome) ?? 0) + 1);
    },
    get open() {
      return open;
    },
    render: ({spoolBytes, generation, droppedSpans}) => {
      const lines = [
        ...headOf(METRIC.exchanges, 'counter', 'Exchanges that ended, by outcome.'),
        ...OUTCOMES.map(
          ([name, outcome]) => `${METRIC.exchanges}{outcome="${name.toLowerCase()}"} ${totals.get(outcome) ?? 0}`,
        ),
        ...headOf(METRIC.openExchanges, 'gauge', 'Exchanges that are running.'),
        `${METRIC.openExchanges} ${open}`,
        ...headOf(METRIC.spoolBytes, 'gauge', 'Bytes of records that the control plane has not acknowledged.'),
        `${METRIC.spoolBytes} ${spoolBytes}`,
        ...headOf(METRIC.bundleGeneration, 'gauge', 'Generation of the bundle in force; 0 for none.'),
        `${METRIC.bundleGeneration} ${generation.toString()}`,
        ...headOf(METRIC.droppedSpans, 'counter', 'Spans that could not be exported.'),
        `${METRIC.droppedSpans} ${droppedSpans}`,
      ];
      return `${lines.join('\n')}\n`;
    },
  };
}

function headOf(name: string, type: 'counter' | 'gauge', help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}
