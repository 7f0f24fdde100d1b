// One object for every route.
export const store = { count: 0, items: [] };
globalThis.made = (globalThis.made ?? 0) + 1;
