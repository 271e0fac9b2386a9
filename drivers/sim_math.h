/*
 * Exponential, logarithm, sine and cosine made of additions and products
 * only. The C library picks other variants on other processors (with and
 * without fused multiply-add) and its last bits differ; a simulated night
 * must come out the same bit for bit everywhere.
 */
#ifndef DRIVERS_SIM_MATH_H
#define DRIVERS_SIM_MATH_H

/* Relative error below 1e-14; 0 below -700, the value at 700 above it. */
double sim_exp(double x);

/* Natural logarithm of a positive, normal number; error below 1e-14. */
double sim_log(double x);

/* x in radians, |x| < 1e6; absolute error below 1e-12. */
double sim_sin(double x);
double sim_cos(double x);

/* To the nearest integer, halves away from zero; |x| < 9e18. */
double sim_round(double x);

#endif
