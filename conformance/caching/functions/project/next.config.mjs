export default {
  cacheComponents: true,
  typescript: { ignoreBuildErrors: true },
};
