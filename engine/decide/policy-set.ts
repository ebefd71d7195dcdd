/** The enforcing and shadow policies of a bundle, compiled; opaque outside of `engine/decide`. */
export interface PolicySet {
  readonly names: readonly string[];
}
