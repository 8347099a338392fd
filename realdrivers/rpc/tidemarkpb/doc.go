// Package tidemarkpb is the controller's API as messages, generated from
// realdrivers/rpc/proto by "make proto".
package tidemarkpb
