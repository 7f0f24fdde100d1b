let value = null;

export function keep(given) {
  value = given;
}

export function kept() {
  return value;
}
