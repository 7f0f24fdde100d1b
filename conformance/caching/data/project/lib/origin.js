// Where the origin answers for a key.
export const at = (key, kind = 'value') => `http://127.0.0.1:${process.env.ORIGIN_PORT}/${kind}/${key}`;

export const text = async (...args) => (await fetch(...args)).text();

// What came, or what was thrown, with the port taken out.
export async function outcome(run) {
  try {
    return await run();
  } catch (error) {
    const message = error.message.replaceAll(process.env.ORIGIN_PORT, 'PORT');
    return `${error.name}: ${message.replace(/unstable_cache [^]*"/, 'unstable_cache (source)"')}`;
  }
}
