/* What the processor can do: W1 and W2 with Gaussian noise in C, sixteen replicates to a vector.
   xoshiro128++ (32 bits) and the normal quantile of theorylab/laws.py; compiled with -O3 -march=native -ffast-math. */
#include <math.h>
#include <stdint.h>
#define L 16
typedef float vf __attribute__((vector_size(4 * L)));
typedef uint32_t vu __attribute__((vector_size(4 * L)));
typedef int32_t vi __attribute__((vector_size(4 * L)));

typedef struct { vu s[4]; } rng;

static inline vu rotl(vu x, int k) { return (x << k) | (x >> (32 - k)); }

static inline vu next(rng *r) {
  vu out = rotl(r->s[0] + r->s[3], 7) + r->s[0], t = r->s[1] << 9;
  r->s[2] ^= r->s[0]; r->s[3] ^= r->s[1]; r->s[1] ^= r->s[2]; r->s[0] ^= r->s[3];
  r->s[2] ^= t; r->s[3] = rotl(r->s[3], 11);
  return out;
}

static void seed(rng *r, uint64_t seed) {
  for (int i = 0; i < 4; i++)
    for (int l = 0; l < L; l++) {
      uint64_t z = (seed += 0x9e3779b97f4a7c15ull);
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull; z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
      r->s[i][l] = (uint32_t)(z >> 31);
    }
}

static inline vf pick(vi mask, vf a, vf b) { return (vf)(((vi)a & mask) | ((vi)b & ~mask)); }
static inline vf select_(vi mask, float a, float b) { return pick(mask, (vf){} + a, (vf){} + b); }

static inline vf normal(vu w) {
  vi i = (vi)w, near = i ^ 0x7FFFFFFF, far = i ^ (int32_t)0x80000000;
  vi more = near > far, least = (near & more) | (far & ~more);
  vf x = __builtin_convertvector(i, vf) * 0x1p-31f + 0x1p-32f;
  vf tail = __builtin_convertvector(least, vf) * 0x1p-31f + 0x1p-32f, y = tail * (2.0f - tail);
  vi bits = (vi)y, power = (bits - 0x3F3504F3) >> 23;
  vf f = (vf)(bits - (power << 23)) - 1.0f, p = f * 1.706365879e-01f - 2.727007951e-01f;
  p = p * f + 2.972630367e-01f; p = p * f - 3.589615500e-01f; p = p * f + 4.804649813e-01f;
  p = p * f - 7.213758787e-01f; p = p * f + 1.442699727e00f;
  vf level = -(f * p + __builtin_convertvector(power, vf));
  vi out = level > 9.5f;
  vf c = level - select_(out, 20.5f, 4.75f), q = select_(out, 2.385319031e-12f, -6.207817697e-10f);
  q = q * c + select_(out, -4.615178000e-12f, 3.316825634e-08f);
  q = q * c + select_(out, -1.395399444e-09f, -1.853378779e-07f);
  q = q * c + select_(out, 3.685965705e-08f, -3.255424145e-06f);
  q = q * c + select_(out, -1.047669964e-06f, 5.745169945e-05f);
  q = q * c + select_(out, 3.693265025e-05f, -2.926843050e-04f);
  q = q * c + select_(out, -1.576305318e-03f, -4.333217905e-03f);
  q = q * c + select_(out, 1.311630410e-01f, 2.333798750e-01f);
  return x * (q * c + select_(out, 5.101389397e00f, 2.395249286e00f));
}

/* c = a b (+ c if add), optionally with a or b transposed */
static inline void product(vf c[8][8], vf a[8][8], vf b[8][8], int ta, int tb) {
  for (int i = 0; i < 8; i++) {
    vf t[8] = {};
    for (int k = 0; k < 8; k++) {
      vf x = ta ? a[k][i] : a[i][k];
      for (int j = 0; j < 8; j++) t[j] += x * (tb ? b[j][k] : b[k][j]);
    }
    for (int j = 0; j < 8; j++) c[i][j] = t[j];
  }
}

void w1(int vectors, int steps, float eta, float scale, const float *target, uint64_t key, float *loss) {
  static vf W[3][8][8], G[3][8][8], A[8][8], E[8][8], B[8][8];
  rng r; seed(&r, key);
  for (int v = 0; v < vectors; v++) {
    for (int m = 0; m < 3; m++) for (int i = 0; i < 64; i++) W[m][i / 8][i % 8] = 0.3f * normal(next(&r));
    for (int s = 0; s <= steps; s++) {
      product(A, W[1], W[0], 0, 0);
      product(E, W[2], A, 0, 0);
      for (int i = 0; i < 8; i++) for (int j = 0; j < 8; j++) E[i][j] -= target[8 * i + j];
      if (s == steps) break;
      product(G[2], E, A, 0, 1);
      product(B, W[2], E, 1, 0);
      product(G[1], B, W[0], 0, 1);
      product(G[0], W[1], B, 1, 0);
      for (int m = 0; m < 3; m++)
        for (int i = 0; i < 8; i++)
          for (int j = 0; j < 8; j++) W[m][i][j] += scale * normal(next(&r)) - eta * G[m][i][j];
    }
    vf total = {};
    for (int i = 0; i < 64; i++) total += 0.5f * E[i / 8][i % 8] * E[i / 8][i % 8];
    for (int l = 0; l < L; l++) loss[L * v + l] = total[l];
  }
}

void w2(int vectors, int steps, float dt, float kick, float barrier, uint64_t key, float *passed) {
  rng r; seed(&r, key);
  for (int v = 0; v < vectors; v += 4) {
    vf x[4]; vi hit[4] = {};
    for (int m = 0; m < 4; m++) x[m] = (vf){} - 1.0f;
    for (int s = 0; s < steps; s++)
      for (int m = 0; m < 4; m++) {
        vf y = x[m] + (x[m] - x[m] * x[m] * x[m]) * dt + kick * normal(next(&r));
        y = pick(y > barrier, (vf){} + barrier, y); y = pick(y < -barrier, (vf){} - barrier, y);
        x[m] = y; hit[m] |= y > 0.0f;
      }
    for (int m = 0; m < 4; m++) for (int l = 0; l < L; l++) passed[L * (v + m) + l] = hit[m][l] != 0;
  }
}
