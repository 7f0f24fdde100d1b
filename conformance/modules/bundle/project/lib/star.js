export const first = 1;
export let counter = 0;
export function count() {
  counter += 1;
}
