import { calculateJwkThumbprint, CompactEncrypt, compactDecrypt, createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";

// A key pair, its public half as a set of keys, a token checked against that set, and an encrypted text.
export async function GET() {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const keys = createLocalJWKSet({ keys: [{ ...jwk, kid, alg: "ES256", use: "sig" }] });
  const token = await new SignJWT({}).setProtectedHeader({ alg: "ES256", kid }).setSubject("me").sign(privateKey);
  const { payload } = await jwtVerify(token, keys);

  const key = crypto.getRandomValues(new Uint8Array(32));
  const hidden = await new CompactEncrypt(new TextEncoder().encode("hidden"))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
    .encrypt(key);
  const { plaintext } = await compactDecrypt(hidden, key);

  return Response.json({ sub: payload.sub, kid: kid.length, text: new TextDecoder().decode(plaintext) });
}
