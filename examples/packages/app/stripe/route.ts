import { headers } from "next/headers";
import { NextResponse } from "next/server";
import Stripe from "stripe";

// No request leaves: the key is only needed to make the client.
const stripe = new Stripe(process.env.STRIPE_SECRET_KEY ?? "sk_test_local");

export async function POST(request: Request) {
  const signature = (await headers()).get("stripe-signature") ?? "";
  const secret = process.env.STRIPE_WEBHOOK_SECRET ?? "whsec_local";
  try {
    const event = stripe.webhooks.constructEvent(await request.text(), signature, secret);
    return NextResponse.json({ received: true, type: event.type });
  } catch (error) {
    const name = error instanceof Stripe.errors.StripeSignatureVerificationError;
    return NextResponse.json({ received: false, signature: name }, { status: 400 });
  }
}
