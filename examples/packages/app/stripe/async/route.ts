import { NextResponse } from "next/server";
import Stripe from "stripe";

const stripe = new Stripe(process.env.STRIPE_SECRET_KEY ?? "sk_test_local");
// Signatures by the Web Crypto API instead of `node:crypto`.
const provider = Stripe.createSubtleCryptoProvider();

export async function POST(request: Request) {
  const signature = request.headers.get("stripe-signature") ?? "";
  const secret = process.env.STRIPE_WEBHOOK_SECRET ?? "whsec_local";
  const body = Buffer.from(await request.arrayBuffer());
  try {
    const event = await stripe.webhooks.constructEventAsync(
      body,
      signature,
      secret,
      undefined,
      provider,
    );
    return NextResponse.json({ received: true, type: event.type });
  } catch (error) {
    const name = error instanceof Stripe.errors.StripeSignatureVerificationError;
    return NextResponse.json({ received: false, signature: name }, { status: 400 });
  }
}
