export default { experimental: { isrFlushToDisk: false }, typescript: { ignoreBuildErrors: true } };
