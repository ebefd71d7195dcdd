/** Where the units of a view come from in the text that it is a view of. */
export interface UnitOrigin {
  /** Where a unit starts. */
  startOf: (unit: number) => number;
  /** Where a unit ends. */
  endOf: (unit: number) => number;
}

/** The text itself. */
export const ITSELF: UnitOrigin = {startOf: (unit) => unit, endOf: (unit) => unit + 1};

/** Where the units of a view of a view come from. */
export function through(inner: UnitOrigin, outer: UnitOrigin): UnitOrigin {
  return {
    startOf: (unit) => outer.startOf(inner.startOf(unit)),
    endOf: (unit) => outer.endOf(inner.endOf(unit) - 1),
  };
}
