// What an expression gives, or which error it throws.
export async function attempt(expression) {
  try {
    const value = await expression();
    return value === undefined ? 'undefined' : value;
  } catch (error) {
    return `${error?.name}: ${error?.message}`;
  }
}
