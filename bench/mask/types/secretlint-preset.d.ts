/** Stands in for the package's own types, which name a package that it does not depend on. */
export declare const creator: never;
